package main

import (
	"context"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
)

// tested is a result without the fixes with which the tests of what changes fail,
// if that is asked for.
func (c *CLI) tested(ctx context.Context, s *selection, packages []string, result *rewrite.Result) (*rewrite.Result, error) {
	if s.verify != "test" && s.verify != "race" || len(result.After) == 0 {
		return result, nil
	}
	opts, err := s.options(c, packages)
	if err != nil {
		return nil, err
	}
	if result, err = rewrite.Tested(ctx, opts, result, s.verify == "race"); err != nil {
		return nil, err
	}
	if said := result.Report.Tests; said != nil && (!c.quiet || said.Outcome != report.Passed) {
		c.say("%s", report.Tested(said))
	}
	return result, nil
}
