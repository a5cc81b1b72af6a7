package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite"
)

func (c *CLI) diffCommand() *cobra.Command {
	var s diffing
	cmd := &cobra.Command{
		Use:   "diff [packages]",
		Short: "Show what fix would write, as a diff that git applies",
		Long:  "Diff is the dry run of fix: it prints a unified diff that `git apply` accepts and\nwrites nothing. With another --format it prints the findings with their fixes.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			if s.by != "" {
				if err := oneOf("--by", s.by, "rule", "package", "owner"); err != nil {
					return err
				}
			}
			result, err := c.run(cmd.Context(), &s.selection, packages)
			if err != nil {
				return err
			}
			if result, err = c.tested(cmd.Context(), &s.selection, packages, result); err != nil {
				return err
			}
			if s.by != "" && s.format == "text" {
				err = c.diffBy(cmd.Context(), &s, packages, result)
			} else {
				err = c.renderDiff(result, &s)
			}
			if err != nil {
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
	cmd.Flags().BoolVarP(&s.beside, "side-by-side", "y", false, "old and new text beside each other, as wide as the terminal")
	cmd.Flags().BoolVar(&s.words, "word-diff", false, "word by word, what goes as [-text-] and what comes as {+text+}: to read, not to apply")
	cmd.Flags().StringVar(&s.by, "by", "", "one diff after the other, each verified alone, for each `WHAT`: rule, package or owner (CODEOWNERS)")
	return cmd
}

// A diffing is the flags of diff beside those that it shares with fix.
type diffing struct {
	selection
	beside, words bool
	by            string
}

func (c *CLI) renderDiff(result *rewrite.Result, s *diffing) error {
	if s.format != "text" {
		return c.render(result.Report, result, s.format)
	}
	changes, elsewhere := rooted(result.Changes, c.Dir)
	if _, err := io.WriteString(c.Stdout, c.diffText(changes, s)); err != nil {
		return err
	}
	if elsewhere != "" {
		c.say("some files lie outside the working directory: apply the diff in %s", elsewhere)
	}
	c.conclude(result.Report)
	return nil
}
