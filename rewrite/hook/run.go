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
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/git"
	"github.com/lockfix/lockfix/rewrite/load"
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
	Top     string
	Nothing bool // no Go file is staged
}

// Run checks the index.
func Run(ctx context.Context, opts Options) (*Result, error) {
	repo, err := git.Open(ctx, opts.Dir, opts.Env)
	if err != nil {
		return nil, err
	}
	staged, err := repo.Staged(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(staged, func(f git.Staged) bool { return isGo(f.Path) && f.Regular() }) {
		return &Result{Nothing: true, Top: repo.Top}, nil
	}
	var others []git.Staged
	if other := repo.Merging(ctx); other != "" {
		if others, err = repo.StagedSince(ctx, other); err != nil {
			return nil, err
		}
		staged = unmerged(staged, others)
	}
	v, err := look(ctx, repo, staged, others)
	if err != nil {
		return nil, err
	}
	h := &hook{opts: opts, view: v, result: &Result{Top: repo.Top}}
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

// module analyses the packages of one module: all of their findings first, and
// then again for the fixes of those that are told, so that what is shown is
// what was verified.
func (h *hook) module(ctx context.Context, dir string, patterns []string) error {
	opts, err := h.opts.Configured(dir)
	if err != nil {
		return err
	}
	opts.Deadline = h.deadline
	opts.Load = load.Config{
		Dir: dir, Patterns: patterns, Env: withoutGit(h.opts.Env), Overlay: h.view.overlay,
		NoTests: opts.Load.NoTests, Tags: opts.Load.Tags, Jobs: opts.Load.Jobs,
	}
	found, err := h.inTime(ctx, opts)
	if err != nil || found == nil {
		return err
	}
	h.result.Left = max(h.result.Left, found.Left)
	pathOf := func(name string) string { return absolute(dir, name) }
	told := h.view.touched(found.Report.Findings, pathOf)
	h.add(found.Report, told, pathOf)
	opts.Only = nil
	for _, f := range told {
		opts.Only = append(opts.Only, f.ID)
	}
	if len(told) == 0 {
		return nil
	}
	fixed, err := h.inTime(ctx, opts)
	if err != nil || fixed == nil {
		return err
	}
	for _, f := range told {
		h.applied[f.ID] = fixed.Applied(f.ID)
	}
	for path, text := range fixed.After {
		h.after[path], h.before[path] = text, fixed.Before[path]
	}
	return nil
}

// add puts what is told into the report, with files named from the top.
func (h *hook) add(r report.Report, told []report.Finding, pathOf func(string) string) {
	all := &h.result.Report
	for _, f := range told {
		f.File = h.fromTop(pathOf(f.File))
		f.Related = slices.Clone(f.Related)
		for i := range f.Related {
			f.Related[i].File = h.fromTop(pathOf(f.Related[i].File))
		}
		f.Fix.Edits = slices.Clone(f.Fix.Edits)
		for i := range f.Fix.Edits {
			f.Fix.Edits[i].File = h.fromTop(pathOf(f.Fix.Edits[i].File))
		}
		all.Findings = append(all.Findings, f)
	}
	for _, e := range r.Errors {
		if e.File != "" {
			e.File = h.fromTop(pathOf(e.File))
		}
		all.Errors = append(all.Errors, e)
	}
	all.Counts.Packages += r.Counts.Packages
	all.Counts.Files += r.Counts.Files
	for _, rule := range r.Rules {
		if !slices.ContainsFunc(all.Rules, func(known report.Rule) bool { return known.ID == rule.ID }) {
			all.Rules = append(all.Rules, rule)
		}
	}
}

// inTime returns nil where not even the packages were loaded in time.
func (h *hook) inTime(ctx context.Context, opts rewrite.Options) (*rewrite.Result, error) {
	limited := ctx
	if !h.deadline.IsZero() {
		// A rule that has begun may end; what takes half as long again may not.
		var stop context.CancelFunc
		limited, stop = context.WithDeadline(ctx, h.deadline.Add(h.opts.Budget/2))
		defer stop()
	}
	result, err := rewrite.Run(limited, opts)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		h.result.Late = true
		return nil, nil
	}
	return result, err
}

func (h *hook) fromTop(path string) string {
	rel, err := filepath.Rel(h.view.repo.Top, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

func absolute(dir, name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// withoutGit takes the variables out that git sets for its hooks: they are about
// this repository, and the go command may ask git about others.
func withoutGit(env []string) (out []string) {
	if env == nil {
		env = os.Environ()
	}
	for _, v := range env {
		if !strings.HasPrefix(v, "GIT_") {
			out = append(out, v)
		}
	}
	return out
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
