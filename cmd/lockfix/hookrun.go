package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/hook"
)

func (c *CLI) hookRun(ctx context.Context, s *hooking) error {
	result, err := hook.Run(ctx, hook.Options{
		Dir: c.Dir, Env: c.Env, Fix: s.fix, Budget: s.budget,
		Configured: func(dir string) (rewrite.Options, error) {
			return s.selection.in(c, dir)
		},
	})
	if err != nil || result.Nothing {
		return err
	}
	r := result.Report
	if _, err := c.Stdout.Write(report.Text(r, c.style())); err != nil {
		return err
	}
	if len(result.Changes) > 0 && len(result.Fixed) == 0 {
		diff := report.Diff(diffs.Unified(result.Changes), c.style())
		if _, err := io.WriteString(c.Stdout, diff); err != nil {
			return err
		}
	}
	c.concludeHook(result)
	if left(r, nil) == exitOK {
		return nil // what did not load, and what time did not suffice for, is left to CI
	}
	return exit(exitFindings)
}

// concludeHook says what became of the fixes and what the hook could not see.
func (c *CLI) concludeHook(result *hook.Result) {
	c.Stderr.Write(report.Problems(result.Report))
	if len(result.Report.Errors) > 0 {
		c.say("some packages did not load as they are staged: they are left to CI")
	}
	if result.Late {
		c.say("the time was up before the packages were loaded: the commit is left to CI")
	}
	if result.Left > 0 {
		c.say("%d rules left to CI: the time was up", result.Left)
	}
	for _, f := range result.Fixed {
		c.say("%s: %s%s", f.File, fixedTree[f.Tree], f.Because)
	}
	if result.NoFix != "" {
		c.say("nothing was fixed: %s", result.NoFix)
	}
	if c.quiet || len(result.Report.Findings) == 0 {
		return
	}
	c.say("%s", report.Summary(result.Report))
	if len(result.Changes) > 0 && len(result.Fixed) == 0 {
		c.say("`lockfix hook run --fix` makes these fixes in what is staged")
	}
}

// fixedTree says where a fix came to.
var fixedTree = map[hook.Tree]string{
	hook.Same:   "fixed in what is staged, and in the working tree",
	hook.Merged: "fixed in what is staged, and in the working tree, whose other edits stand",
	hook.Alone:  "fixed in the working tree: look at it, add it and commit again",
	hook.Kept:   "fixed in what is staged; the working tree has edits on the same lines and was left alone",
	hook.Gone:   "fixed in what is staged; the working tree has the file no more",

	hook.Unwritten: "fixed in what is staged; the working tree still has the old text, since the file could not be written: ",
}

// given are the flags of a command as they were written, without those of lockfix.
func given(cmd *cobra.Command) (words []string) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if cmd.InheritedFlags().Lookup(f.Name) != nil {
			return
		}
		value := f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		words = append(words, "--"+f.Name+"="+value)
	})
	return words
}
