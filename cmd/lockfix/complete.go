package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/report"
)

// completeFlags offers the shell the values of flags that are words: formats,
// levels, rules.
func (c *CLI) completeFlags(cmd *cobra.Command) {
	fixed := map[string][]string{
		"verify": {"types", "vet", "test", "race"},
		"color":  {"auto", "always", "never"},
		"goos":   {"darwin", "freebsd", "linux", "windows"},
		"goarch": {"386", "amd64", "arm", "arm64"},
	}
	for _, sub := range documented(cmd) {
		for flag, words := range fixed {
			if sub.Flags().Lookup(flag) != nil {
				sub.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
			}
		}
		if f := sub.Flags().Lookup("format"); f != nil && strings.Contains(f.Usage, "sarif") {
			sub.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.FormatNames(), cobra.ShellCompDirectiveNoFileComp))
		}
		for _, flag := range []string{"enable", "disable", "rule"} {
			if sub.Flags().Lookup(flag) != nil {
				sub.RegisterFlagCompletionFunc(flag, c.completeRuleList)
			}
		}
	}
}

// completeRuleList completes the last of a list of rules.
func (c *CLI) completeRuleList(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	library, err := c.library()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	before := typed[:strings.LastIndex(typed, ",")+1]
	var all []cobra.Completion
	for _, rule := range library {
		all = append(all, cobra.CompletionWithDesc(before+rule.ID, rule.Title))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
