package main

import (
	"slices"

	"github.com/spf13/cobra"
)

const about = `lockfix finds concurrency hazards in Go packages and rewrites them. A rewrite
is offered only if the result type-checks, the hazard is gone, every comment is
kept and nothing else has changed.

Start with:
  lockfix check ./...          what is wrong, and which of it can be repaired
  lockfix diff ./...           the repair, as a diff; nothing is written
  lockfix fix ./...            write it; ` + "`lockfix undo`" + ` takes it back
  lockfix explain lostunlock   what a rule means, with an example

Exit codes:
  0  nothing found, or the diff is empty, or all that was found is fixed
  1  findings, or a diff
  2  bad usage, configuration or rule; a file that could not be written
  3  some packages did not load: the result is incomplete
  4  a fix failed verification and was rolled back: please report it`

// command builds the tree of commands.
func (c *CLI) command() *cobra.Command { return c.commandFor("") }

// commandFor builds the part of the tree that a word leads to with which a command
// line begins: a hook that has nothing to do should not wait for all flags of all
// commands. Where the word is not the name of a command the tree is whole.
func (c *CLI) commandFor(word string) *cobra.Command {
	var dir string
	root := group(&cobra.Command{
		Use:           "lockfix",
		Short:         "Find concurrency hazards and rewrite them",
		Long:          about,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := oneOf("--color", c.color, "auto", "always", "never"); err != nil {
				return err
			}
			return c.changeDir(dir)
		},
	})
	flags := root.PersistentFlags()
	flags.StringVarP(&dir, "chdir", "C", "", "run as if started in `DIR`")
	flags.StringVar(&c.color, "color", "auto", "`WHEN` to use colours: auto, always or never")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "no summary and no progress")
	flags.StringArrayVar(&c.rules, "rules", nil, "more rules: a `DIR` of *.json (repeatable)")

	flags.StringVar(&c.conf, "config", "", "the configuration, a `FILE`; none: no configuration (default: the nearest .lockfix.json)")

	root.SetIn(c.Stdin)
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.SetFlagErrorFunc(flagError)
	groups := c.groups()
	isName := func(g commandGroup) bool { return slices.Contains(g.names, word) }
	if word == "docs" || !slices.ContainsFunc(groups, isName) {
		word = "" // docs tells of all
	}
	for _, g := range groups {
		addGroup(root, g, word)
	}
	c.completeFlags(root)
	return root
}

// A commandGroup is commands that the help shows together, in this order.
type commandGroup struct {
	title string // "": they stand apart
	names []string
	make  []func() *cobra.Command
}

func (c *CLI) groups() []commandGroup {
	return []commandGroup{
		{"Find and fix:", []string{"check", "diff", "fix", "undo", "watch", "explain", "graph"},
			[]func() *cobra.Command{c.checkCommand, c.diffCommand, c.fixCommand, c.undoCommand, c.watchCommand, c.explainCommand, c.graphCommand}},
		{"In a team:", []string{"hook", "comment", "baseline", "batch", "merge"},
			[]func() *cobra.Command{c.hookCommand, c.commentCommand, c.baselineCommand, c.batchCommand, c.mergeCommand}},
		{"Rules and settings:", []string{"rules", "config", "cache"},
			[]func() *cobra.Command{c.rulesCommand, c.configCommand, c.cacheCommand}},
		{"", []string{"docs", "version"}, []func() *cobra.Command{c.docsCommand, c.versionCommand}},
	}
}

// addGroup adds the commands of a group, or the one that a word names.
func addGroup(root *cobra.Command, g commandGroup, word string) {
	if g.title != "" {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
	}
	for i, name := range g.names {
		if word != "" && name != word {
			continue
		}
		cmd := g.make[i]()
		cmd.GroupID = g.title
		root.AddCommand(cmd)
	}
}
