package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rules"
)

func (c *CLI) rulesListCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the rules",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			library, err := c.library()
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(c.Stdout, library)
			}
			return writeTable(c.Stdout, library)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "`FORMAT`: text, or json (the rules whole, as a list)")
	return cmd
}

func writeTable(w io.Writer, library []*rules.Rule) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSEVERITY\tSTABILITY\tFIXES\tTITLE")
	for _, rule := range library {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", rule.ID, rule.Severity, rule.Stability, levels(rule), rule.Title)
	}
	return table.Flush()
}

// levels names the applicability of each of a rule's fixes, once.
func levels(rule *rules.Rule) string {
	var all []string
	seen := map[rules.Applicability]bool{}
	for _, fix := range rule.Fixes {
		if !seen[fix.Applicability] {
			seen[fix.Applicability] = true
			all = append(all, string(fix.Applicability))
		}
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
