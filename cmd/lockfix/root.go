package main

import "github.com/spf13/cobra"

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
func (c *CLI) command() *cobra.Command {
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
	addGroup(root, "Find and fix:", c.checkCommand(), c.diffCommand(), c.fixCommand(), c.undoCommand(), c.watchCommand(), c.explainCommand(), c.graphCommand())
	addGroup(root, "In a team:", c.hookCommand(), c.commentCommand(), c.baselineCommand(), c.batchCommand(), c.mergeCommand())
	addGroup(root, "Rules and settings:", c.rulesCommand(), c.configCommand(), c.cacheCommand())
	root.AddCommand(c.docsCommand(), c.versionCommand())
	c.completeFlags(root)
	return root
}

// addGroup adds commands that the help shows together, in this order.
func addGroup(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, cmd := range commands {
		cmd.GroupID = title
	}
	root.AddCommand(commands...)
}
