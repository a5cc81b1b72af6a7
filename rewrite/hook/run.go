// Package hook checks what is about to be committed, and nothing else.
//
// A commit is made from the index, so the index is what is read: where the
// working tree has another text, the staged one is laid over it. Nothing is
// stashed, so that nothing can be lost, whatever kills the hook. Only packages
// with a staged file are analysed, and only findings that the commit has to do
// with are told.
//
// With Fix the fixed text becomes the staged one, and the way from one to the
// other is carried over to the working tree as a merge does it; where that meets
// edits that are not staged, they stay and the tree is left alone.
package hook

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/git"
)

// Options say what a hook does.
type Options struct {
	Dir    string // in the repository
	Env    []string
	Fix    bool
	Budget time.Duration // 0: as long as it takes
	// Configured returns the options for the module in a directory: rules and
	// levels. What is loaded is the hook's business.
	Configured func(dir string) (rewrite.Options, error)
}

// A Result is what a hook has found.
type Result struct {
	Report  report.Report  // of what the commit has to do with; files are named from the top
	Changes []diffs.Change // what the fixes do to the staged texts, from the top
	Late    bool           // not even all packages were loaded in time
	Left    int            // rules that were left to CI, since the time was up
	Fixed   []Outcome      // with Fix
	NoFix   string         // why Fix was not done, ""
	Nothing bool           // no Go file is staged
}

// Run checks the index.
func Run(ctx context.Context, opts Options) (*Result, error) {
	staged, err := git.StagedIn(ctx, opts.Dir, opts.Env)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(staged, func(f git.Staged) bool { return isGo(f.Path) && f.Regular() }) {
		return &Result{Nothing: true}, nil
	}
	repo, err := git.Open(ctx, opts.Dir, opts.Env)
	if err != nil {
		return nil, err
	}
	var others []git.Staged
	if other := repo.Merging(); other != "" {
		if others, err = repo.StagedSince(ctx, other); err != nil {
			return nil, err
		}
		staged = unmerged(staged, others)
	}
	v, err := look(ctx, repo, staged, others)
	if err != nil {
		return nil, err
	}
	h := &hook{opts: opts, view: v, result: &Result{}}
	if opts.Budget > 0 {
		h.deadline = time.Now().Add(opts.Budget)
	}
	if err := h.check(ctx); err != nil {
		return nil, err
	}
	return h.result, nil
}

type hook struct {
	opts     Options
	view     *view
	result   *Result
	deadline time.Time
	after    map[string][]byte // absolute path → fixed text
	before   map[string][]byte
	applied  map[string]bool // fingerprints whose fix is in after
}

// check goes through the modules.
func (h *hook) check(ctx context.Context) error {
	h.after, h.before, h.applied = map[string][]byte{}, map[string][]byte{}, map[string]bool{}
	h.result.Report = report.Report{Version: 1}
	groups := h.view.groups(isFile)
	for _, module := range slices.Sorted(maps.Keys(groups)) {
		if err := h.module(ctx, module, groups[module]); err != nil {
			return err
		}
	}
	h.tally()
	for _, path := range slices.Sorted(maps.Keys(h.after)) {
		h.result.Changes = append(h.result.Changes, diffs.Change{Path: h.fromTop(path), Before: h.before[path], After: h.after[path]})
	}
	if h.opts.Fix && len(h.after) > 0 {
		return h.fix(ctx)
	}
	return nil
}

func (h *hook) tally() {
	r := &h.result.Report
	packages, files := r.Counts.Packages, r.Counts.Files
	r.Counts = report.Tally(r.Findings)
	r.Counts.Packages, r.Counts.Files = packages, files
}
