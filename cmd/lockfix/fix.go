package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/git"
	"github.com/lockfix/lockfix/rewrite/write"
)

// A fixing is the flags of fix beside those that it shares with diff.
type fixing struct {
	selection
	dirty, ask bool
}

func (c *CLI) fixCommand() *cobra.Command {
	var s fixing
	cmd := &cobra.Command{
		Use:   "fix [packages]",
		Short: "Rewrite the files",
		Long:  "Fix writes what diff shows: all files, or none if one of them cannot be written.\nIt exits with 0 if nothing is left to fix, and with 1 if findings are left,\nor come to light behind the fixes. `lockfix undo` takes it back.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			return c.fix(cmd.Context(), &s, packages)
		},
	}
	s.bind(cmd)
	s.bindFixes(cmd)
	cmd.Flags().BoolVar(&s.dirty, "allow-dirty", false, "also files with changes that git does not hold")
	cmd.Flags().BoolVarP(&s.ask, "interactive", "i", false, "show each fix and ask")
	return cmd
}

func (c *CLI) fix(ctx context.Context, s *fixing, packages []string) error {
	if s.ask {
		chosen, err := c.askFor(ctx, s, packages)
		if err != nil {
			return err
		}
		if len(chosen) == 0 {
			c.say("nothing was chosen: nothing was written")
			return exit(exitFindings)
		}
		s.only = chosen
	}
	result, err := c.run(ctx, &s.selection, packages)
	if err != nil {
		return err
	}
	if result, err = c.tested(ctx, &s.selection, packages, result); err != nil {
		return err
	}
	if err := c.writeAll(ctx, result, s.dirty); err != nil {
		return err
	}
	if len(result.After) == 0 && result.Report.Counts.RolledBack > 0 {
		c.say("nothing was written")
	}
	r := result.Written()
	if err := c.render(r, result, s.format); err != nil {
		return err
	}
	if n := result.Revealed; n > 0 {
		c.say("%s more came to light behind the fixes: run lockfix check", counted(n, "finding"))
		return asExit(outcome(r, exitFindings))
	}
	return asExit(outcome(r, left(s.meant(r), s.only)))
}

// askFor returns the fingerprints of the fixes that the user wants. What is
// shown is verified, all of it together; what is chosen of it is verified again.
func (c *CLI) askFor(ctx context.Context, s *fixing, packages []string) ([]string, error) {
	if !isTerminal(c.Stdin) {
		return nil, errors.New("-i asks at a terminal, and standard input is none: name the fixes with --only")
	}
	library, err := c.library()
	if err != nil {
		return nil, err
	}
	result, err := c.run(ctx, &s.selection, packages)
	if err != nil {
		return nil, err
	}
	return c.choose(ctx, result, library)
}

// writeAll writes the files of a result through the journal. Without dirty no
// file is touched that git could not give back.
func (c *CLI) writeAll(ctx context.Context, result *rewrite.Result, dirty bool) error {
	var files []write.File
	paths := slices.Sorted(maps.Keys(result.After))
	if !dirty {
		if err := c.clean(ctx, paths); err != nil {
			return err
		}
	}
	for _, path := range paths {
		files = append(files, write.File{Path: path, Before: result.Before[path], After: result.After[path]})
	}
	j, err := c.journal()
	if err != nil {
		return err
	}
	return j.Write(ctx, files)
}

// clean refuses files that git could not give back.
func (c *CLI) clean(ctx context.Context, paths []string) error {
	unheld, err := git.Unheld(ctx, paths, c.Env)
	if err != nil || len(unheld) == 0 {
		return err
	}
	var out strings.Builder
	for _, path := range unheld {
		fmt.Fprintf(&out, "%s: has changes that git does not hold\n", c.shown(path))
	}
	out.WriteString("commit or stage them (git add), or run with --allow-dirty: nothing was written")
	return errors.New(out.String())
}
