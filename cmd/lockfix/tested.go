package main

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/verify"
)

// tested runs the tests of the packages that a result changes, on the changed
// texts, if that is asked for. Where they fail nothing is shown or written.
func (c *CLI) tested(ctx context.Context, s *selection, result *rewrite.Result) error {
	if s.verify != "test" && s.verify != "race" || len(result.After) == 0 {
		return nil
	}
	var dirs []string
	for path := range maps.Keys(result.After) {
		dirs = append(dirs, filepath.Dir(path))
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	err := verify.Tests(ctx, c.Dir, c.Env, s.verify == "race", dirs, result.After)
	switch {
	case errors.Is(err, verify.ErrFailBefore):
		c.say("%v", err)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		c.say("%v\nnothing was written", err)
		return exit(exitRolledBack)
	}
	if !c.quiet {
		c.say("the tests of the %d packages that change pass with the fixes", len(dirs))
	}
	return nil
}
