package main

import "github.com/spf13/cobra"

// rulesCommand groups what has to do with the rule library as a whole.
func (c *CLI) rulesCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "rules",
		Short: "The rule library: list, show, lint, schema",
	})
	cmd.AddCommand(c.rulesListCommand(), c.rulesShowCommand(), c.rulesLintCommand(), c.rulesSchemaCommand())
	return cmd
}
