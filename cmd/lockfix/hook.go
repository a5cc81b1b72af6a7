package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite/hook"
)

func (c *CLI) hookCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "hook",
		Short: "Check what is about to be committed: a pre-commit hook",
	})
	cmd.AddCommand(c.hookRunCommand(), c.hookInstallCommand(), c.hookUninstallCommand())
	return cmd
}

// A hooking is the flags of hook run and hook install.
type hooking struct {
	selection
	fix    bool
	budget time.Duration
}

func (s *hooking) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&s.fix, "fix", false, "make the fixes in what is staged, and in the working tree")
	flags.DurationVar(&s.budget, "budget", 0, "leave the rules to CI for which this `TIME` does not suffice, cheap ones first")
	flags.BoolVar(&s.unsafe, "unsafe", false, "also fixes that may change blocking, order or layout")
	flags.StringSliceVar(&s.enable, "enable", nil, "only these rules, by `ID,...`")
	flags.StringSliceVar(&s.disable, "disable", nil, "not these rules, by `ID,...`")
	flags.BoolVar(&s.tests, "tests", true, "test files too")
	flags.StringSliceVar(&s.tags, "tags", nil, "build `TAGS`")
	flags.StringVar(&s.baseline, "baseline", "", "a `FILE` of findings that are known and do not count; none: all count")
	flags.IntVarP(&s.jobs, "jobs", "j", 0, "how many packages at a time, `N`; 0: as many as processors")
	s.format = "text"
}

func (c *CLI) hookRunCommand() *cobra.Command {
	var s hooking
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Check the index, as a pre-commit hook does",
		Long:  "Run checks the packages with staged files as they will be committed, and tells\nthe findings that the commit has to do with. Nothing is stashed. With --fix what\nis staged is fixed, and the working tree with it; edits that are not staged stay.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.hookRun(cmd.Context(), &s)
		},
	}
	s.bind(cmd)
	return cmd
}

func (c *CLI) hookInstallCommand() *cobra.Command {
	var s hooking
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Make lockfix the pre-commit hook of this repository",
		Long:  "Install writes the pre-commit hook; one that is there is kept and runs first. The\nflags are those of the run.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			path, err := hook.Install(cmd.Context(), c.Dir, c.Env, self, given(cmd))
			if err == nil && !c.quiet {
				c.say("%s: checks every commit from now on; `git commit --no-verify` goes round it", c.shown(path))
			}
			return err
		},
	}
	s.bind(cmd)
	return cmd
}

func (c *CLI) hookUninstallCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "uninstall",
		Short: "Take the hook away again",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := hook.Uninstall(cmd.Context(), c.Dir, c.Env)
			if err == nil && !c.quiet {
				c.say("%s: is as it was before lockfix", c.shown(path))
			}
			return err
		},
	}
}
