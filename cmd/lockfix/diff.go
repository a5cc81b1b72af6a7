package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
)

func (c *CLI) diffCommand() *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "diff [packages]",
		Short: "Show what fix would write, as a diff that git applies",
		Long:  "Diff is the dry run of fix: it prints a unified diff that `git apply` accepts and\nwrites nothing. With another --format it prints the findings with their fixes.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			result, err := c.run(cmd.Context(), &s, packages)
			if err != nil {
				return err
			}
			if err := c.renderDiff(result, s.format); err != nil {
				return err
			}
			code := exitOK
			if len(result.Changes) > 0 {
				code = exitFindings
			}
			return asExit(outcome(result.Report, code))
		},
	}
	s.bind(cmd)
	s.bindFixes(cmd)
	return cmd
}

func (c *CLI) renderDiff(result *rewrite.Result, format string) error {
	if format != "text" {
		return c.render(result.Report, result, format)
	}
	changes, elsewhere := rooted(result.Changes, c.Dir)
	diff := report.Diff(diffs.Unified(changes), c.style())
	if _, err := io.WriteString(c.Stdout, diff); err != nil {
		return err
	}
	if elsewhere != "" {
		c.say("some files lie outside the working directory: apply the diff in %s", elsewhere)
	}
	c.conclude(result.Report)
	return nil
}
