package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rules"
)

func (c *CLI) rulesLintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint DIR...",
		Short: "Find the mistakes in directories of rules",
		Long:  "Lint prints every mistake in the rules of the directories, one line each,\nfile:line:column: what is wrong and what to do, and exits with 2 if there is one.",
		Args:  someDirs,
		RunE: func(_ *cobra.Command, dirs []string) error {
			for i := range dirs {
				dirs[i] = c.path(dirs[i])
			}
			n, mistakes, err := lint(dirs)
			if err != nil {
				return err
			}
			for _, m := range mistakes {
				fmt.Fprintln(c.Stdout, m.Error())
			}
			if len(mistakes) > 0 {
				return exit(exitUsage)
			}
			if !c.quiet {
				c.say("rules read: %d; no mistakes", n)
			}
			return nil
		},
	}
}

// lint returns the number of rules in dirs, or all their mistakes.
func lint(dirs []string) (n int, mistakes []rules.Mistake, err error) {
	all, err := rewrite.Library(dirs)
	if wrong, ok := errors.AsType[rewrite.Mistakes](err); ok {
		return 0, wrong, nil
	}
	if err != nil {
		return 0, nil, err
	}
	return len(all) - len(rules.Library()) - 1, nil, nil // rewrite.Unused is in no file
}
