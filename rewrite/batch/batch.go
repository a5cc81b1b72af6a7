// Package batch rewrites a whole repository in parts that people can review.
//
// Every module below the root is analysed on its own, so that one that does not
// load costs the others nothing. The fixes are split by owner, module, directory
// or rule; each part is then planned again alone and verified on the tree as it
// is, so that it builds without the others, in whatever order they are merged. A
// part is written as a patch file, or as a branch that is made without touching
// the working tree, with a message that holds the evidence.
//
// What is done is noted as it is done: a batch that was killed goes on where it
// was, as long as the tree and what was asked for are the same.
//
// Words: a part is one change for one reviewer; a shard is the modules that one
// machine of several takes.
package batch

import (
	"context"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
)

// Options say what a batch does.
type Options struct {
	Root     string // absolute, without symbolic links
	By       By
	MaxFiles int    // of a part; 0: no limit
	Shard    Shard  // zero: all modules
	State    string // a directory for what is done
	Key      string // of the tree and of what is asked for: what was done for another one is not taken
	// Configured returns the options for the module in a directory.
	Configured func(dir string) (rewrite.Options, error)
	Owner      func(file string) string // of a file from the root, for By owner
	Write      func(ctx context.Context, part Part) error
	Progress   func(done, all int, what string)
	Tests      string // "test": those of what a part changes are run; "race": under the race detector; "": not
}

// By is how a batch is split.
type By string

// The ways to split.
const (
	Owner     By = "owner"
	Module    By = "module"
	Directory By = "directory"
	Rule      By = "rule"
)

// A Part is one change for one reviewer.
type Part struct {
	Number   int // 1-based, over the batch
	Name     string
	Findings []report.Finding  // whose fixes it makes; files are named from the root
	Changes  []diffs.Change    // from the root
	Tests    []*report.Tests   // what they said, by module
	Failed   map[string]string // fingerprints of fixes that were rolled back → why
}

// A Result is what became of every finding.
type Result struct {
	Report  report.Report // of all modules; files are named from the root
	Parts   []Part
	Resumed int // modules and parts that were done before
	// Alone are the findings whose fix came out of no part: it needs another one.
	Alone []report.Finding
	Apart []string // directories that are left out: other repositories
}

// Run analyses, splits, verifies and writes.
func Run(ctx context.Context, opts Options) (*Result, error) {
	modules, apart, err := Discover(opts.Root)
	if err != nil {
		return nil, err
	}
	s, err := openState(opts.State, opts.Key)
	if err != nil {
		return nil, err
	}
	b := &batch{opts: opts, state: s, result: &Result{Report: report.Report{Version: 1}, Apart: apart}}
	modules = opts.Shard.of(modules)
	for i, module := range modules {
		b.progress(i, len(modules), module)
		if err := b.analyse(ctx, module); err != nil {
			return nil, err
		}
	}
	if err := b.parts(ctx); err != nil {
		return nil, err
	}
	b.conclude()
	return b.result, nil
}

type batch struct {
	opts   Options
	state  *state
	result *Result
	wanted []fix
	done   map[string]bool   // fingerprints whose fix is in a part
	failed map[string]string // that the tests of their part do not bear → why
}

// A fix is one that the analysis of its module would apply.
type fix struct {
	Module  string
	Finding report.Finding // files are named from the root
}

func (b *batch) progress(done, all int, what string) {
	if b.opts.Progress != nil {
		b.opts.Progress(done, all, what)
	}
}

// conclude says of each finding what became of it.
func (b *batch) conclude() {
	r := &b.result.Report
	for i, f := range r.Findings {
		if b.done[f.ID] {
			r.Findings[i].Fix.Status = report.Fixed
		} else if why := b.failed[f.ID]; why != "" {
			r.Findings[i].Fix.Status, r.Findings[i].Fix.Because, r.Findings[i].Fix.Edits = report.RolledBack, why, nil
		}
	}
	for _, w := range b.wanted {
		if !b.done[w.Finding.ID] && b.failed[w.Finding.ID] == "" {
			b.result.Alone = append(b.result.Alone, w.Finding)
		}
	}
	packages, files := r.Counts.Packages, r.Counts.Files
	r.Counts = report.Tally(r.Findings)
	r.Counts.Packages, r.Counts.Files = packages, files
}
