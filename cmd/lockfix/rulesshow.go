package main

import (
	"github.com/spf13/cobra"
)

func (c *CLI) rulesShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "show ID",
		Short:             "Print the JSON of a rule, to start one's own from",
		Args:              oneRule,
		ValidArgsFunction: c.completeRule,
		RunE: func(_ *cobra.Command, args []string) error {
			library, err := c.library()
			if err != nil {
				return err
			}
			rule, err := find(library, args[0])
			if err != nil {
				return err
			}
			if rule.Source != nil { // as its author wrote it
				_, err := c.Stdout.Write(rule.Source.Text)
				return err
			}
			return writeJSON(c.Stdout, rule)
		},
	}
}
