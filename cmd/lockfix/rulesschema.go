package main

import (
	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rules"
)

func (c *CLI) rulesSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a rule, for editors",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := c.Stdout.Write(rules.Schema())
			return err
		},
	}
}
