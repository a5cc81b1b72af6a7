package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
)

// run makes the one call that check, diff and fix are about.
func (c *CLI) run(ctx context.Context, s *selection, packages []string) (*rewrite.Result, error) {
	opts, err := s.options(c, packages)
	if err != nil {
		return nil, err
	}
	watch := c.progress()
	defer watch.clear()
	opts.Progress = watch.show
	result, err := rewrite.Run(ctx, opts)
	if err != nil {
		return nil, err
	}
	c.shrunk(s, result)
	return result, allFound(result.Report, s.only)
}

// allFound refuses a fingerprint that no finding bears: it was meant to change
// something, and a silent success would hide that it did not.
func allFound(r report.Report, only []string) error {
	for _, id := range only {
		bears := func(f report.Finding) bool { return f.ID == id }
		if !slices.ContainsFunc(r.Findings, bears) {
			return fmt.Errorf("--only %s: no finding has this fingerprint: `lockfix check --format json` shows them", id)
		}
	}
	return nil
}

// render writes the findings of a report, that of a result or what became of
// it, to standard output and the rest of what there is to say to standard error.
func (c *CLI) render(r report.Report, result *rewrite.Result, format string) error {
	if err := c.write(r, result, format); err != nil {
		return err
	}
	c.conclude(r)
	return nil
}

// conclude says what kept the result from being complete, and the summary.
func (c *CLI) conclude(r report.Report) {
	c.Stderr.Write(report.Problems(r))
	if len(r.Errors) > 0 {
		c.say("some packages did not load: the result is incomplete")
	}
	if !r.Counts.Balanced() {
		c.say("internal error: the counts do not add up, a finding is lost: please report it: %+v", r.Counts)
	}
	if !c.quiet {
		c.say("%s", report.Summary(r))
	}
}
