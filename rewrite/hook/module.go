package hook

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/load"
)

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
		Dir: dir, Patterns: patterns, Env: load.ModuleEnv(ctx, dir, withoutGit(h.opts.Env)), Overlay: h.view.overlay,
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
		if h.view.otherwise(path, fixed.Before[path]) {
			return fmt.Errorf("%s has changed while it was checked: run again", h.fromTop(path))
		}
		h.after[path], h.before[path] = text, fixed.Before[path]
	}
	return nil
}

// add puts what is told into the report, with files named from the top.
func (h *hook) add(r report.Report, told []report.Finding, pathOf func(string) string) {
	all := &h.result.Report
	for _, f := range told {
		all.Findings = append(all.Findings, f.Renamed(func(name string) string { return h.fromTop(pathOf(name)) }))
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
