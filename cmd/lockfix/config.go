package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite/config"
)

func (c *CLI) configCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "config",
		Short: "What a project asks of lockfix: " + config.Name,
	})
	cmd.AddCommand(c.configLintCommand(), c.configSchemaCommand())
	return cmd
}

func (c *CLI) configLintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint",
		Short: "Find the mistakes in the configuration",
		Long:  "Lint prints every mistake in the configuration, one line each,\nfile:line:column: what is wrong and what to do, and exits with 2 if there is one.",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			file := c.projectFile()
			if file == "" {
				return errors.New("there is no " + config.Name + " here or above")
			}
			_, mistakes, err := c.readProject(file)
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
				c.say("%s: no mistakes", c.shown(file))
			}
			return nil
		},
	}
}

func (c *CLI) configSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration, for editors",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := c.Stdout.Write(config.Schema())
			return err
		},
	}
}
