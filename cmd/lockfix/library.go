package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/config"
	"github.com/lockfix/lockfix/rules"
)

// ruleDirs are the values of --rules and the directories of the configuration,
// as the process has to open them.
func (c *CLI) ruleDirs(cfg *config.Config) []string {
	dirs := make([]string, len(c.rules))
	for i, dir := range c.rules {
		dirs[i] = c.path(dir)
	}
	if cfg != nil {
		for _, dir := range cfg.Rules {
			dirs = append(dirs, cfg.Path(dir))
		}
	}
	return dirs
}

// library returns the rules of lockfix, of --rules and of the configuration,
// sorted by id.
func (c *CLI) library() ([]*rules.Rule, error) {
	cfg, err := c.project()
	if err != nil {
		return nil, err
	}
	return rewrite.Library(c.ruleDirs(cfg))
}

// find returns the rule that bears a name; the error for an unknown one says
// which was meant.
func find(library []*rules.Rule, name string) (*rules.Rule, error) {
	var ids []string
	for _, rule := range library {
		if rule.ID == name || slices.Contains(rule.Aliases, name) {
			return rule, nil
		}
		ids = append(ids, rule.ID)
	}
	return nil, fmt.Errorf("there is no rule %q%s", name, rules.Suggest(name, ids))
}

// completeRule offers the ids of the rules to the shell.
func (c *CLI) completeRule(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	library, err := c.library()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var all []cobra.Completion
	for _, rule := range library {
		all = append(all, cobra.CompletionWithDesc(rule.ID, rule.Title))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
