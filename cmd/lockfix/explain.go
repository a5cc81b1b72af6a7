package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rules"
)

func (c *CLI) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "explain ID",
		Short:             "Explain a rule: the hazard, its fixes and an example",
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
			example, err := exampleOf(rule)
			if err != nil {
				return err
			}
			example.diff = report.Diff(example.diff, c.style())
			_, err = io.WriteString(c.Stdout, explanation(rule, example))
			return err
		},
	}
}

// explanation is what explain prints of a rule.
func explanation(rule *rules.Rule, example example) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n%s\n\n", rule.ID, rule.Title, standing(rule))
	fmt.Fprintf(&out, "    %s\n\n%s", rule.Message, wrapped(rule.Rationale, 0))
	out.WriteString(fixes(rule))
	if len(rule.References) > 0 {
		fmt.Fprintf(&out, "\nReferences:\n%s", indented(strings.Join(rule.References, "\n"), "  "))
	}
	if example.code != "" {
		fmt.Fprintf(&out, "\nExample:\n%s", indented(example.code, "    "))
	}
	if example.diff != "" {
		fmt.Fprintf(&out, "\nWhat lockfix makes of it:\n%s", indented(example.diff, "    "))
	}
	fmt.Fprintf(&out, "\nTo keep lockfix quiet about one place, write above it, with your reason:\n    //lockfix:ignore %s reason\n", rule.ID)
	return out.String()
}

// standing is the line of what a rule is worth.
func standing(rule *rules.Rule) string {
	line := fmt.Sprintf("%s, %s confidence, %s, %s since %s", rule.Severity, rule.Confidence, rule.Category, rule.Stability, rule.Since)
	if rule.Go != "" {
		line += ", Go " + rule.Go
	}
	if len(rule.Aliases) > 0 {
		line += "\nalso known as " + strings.Join(rule.Aliases, ", ")
	}
	if rule.Deprecated != "" {
		line += "\ndeprecated: " + rule.Deprecated
	}
	return line
}

// fixes lists the alternatives with how far each can be trusted, and why.
func fixes(rule *rules.Rule) string {
	if len(rule.Fixes) == 0 {
		return "\nThis rule has no fix.\n"
	}
	var out strings.Builder
	out.WriteString("\nFixes, in the order in which they are tried:\n")
	for i, fix := range rule.Fixes {
		fmt.Fprintf(&out, "  %d. %s (%s)\n", i+1, fix.Title, fix.Applicability)
		out.WriteString(indented(wrapped(fix.Rationale, 5), "     "))
		for _, d := range fix.Downgrade {
			out.WriteString(indented(wrapped(fmt.Sprintf("%s where %s", d.To, d.Because), 5), "     "))
		}
	}
	return out.String()
}
