package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/drawing"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/load"
)

// graphFlags are the flags of graph.
type graphFlags struct {
	format string
	cycles bool
	waits  bool
	tests  bool
	tags   []string
	jobs   int
}

func (c *CLI) graphCommand() *cobra.Command {
	var f graphFlags
	cmd := &cobra.Command{
		Use:   "graph [packages]",
		Short: "Draw the order in which locks are taken, or who waits for whom",
		Long: "Graph draws the lock order of packages (\".\" if none is named): an arrow leads\n" +
			"from one lock to another that is taken, here or in a callee, while the first is\n" +
			"held. Red is what rule lockorder reports. In an SVG each arrow tells its places\n" +
			"and calls when the pointer rests on it.\n\n" +
			"With --waits it draws who waits for whom: an arrow leads from a function or\n" +
			"goroutine to the channel, WaitGroup or lock that it waits for, and from there to\n" +
			"who can end the wait. Dashed is one case of a select; red is what the rules\n" +
			"circularwait, selfwait and lockacrosswait report.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			if err := oneOf("--format", f.format, drawing.Formats()...); err != nil {
				return err
			}
			if f.waits {
				return c.drawWaits(cmd, &f, packages)
			}
			graph, err := c.lockGraph(cmd, &f, packages)
			if err != nil {
				return err
			}
			out, err := drawing.Write(lockPicture(graph, f.cycles), f.format)
			if err != nil {
				return err
			}
			if _, err := c.Stdout.Write(out); err != nil {
				return err
			}
			return c.graphExit(graph)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "svg", strings.Join(drawing.Formats(), ", "))
	flags.BoolVar(&f.cycles, "cycles", false, "only what is part of a reported cycle")
	flags.BoolVar(&f.waits, "waits", false, "draw who waits for whom, not the order of locks")
	flags.BoolVar(&f.tests, "tests", false, "test files too")
	flags.StringSliceVar(&f.tags, "tags", nil, "build `tags`")
	flags.IntVarP(&f.jobs, "jobs", "j", 0, "how many packages at a time; 0: as many as processors")
	return cmd
}

func (c *CLI) lockGraph(cmd *cobra.Command, f *graphFlags, packages []string) (*rewrite.LockGraph, error) {
	watch := c.progress()
	defer watch.clear()
	return rewrite.LoadLockGraph(cmd.Context(), rewrite.Options{
		Load:     load.Config{Dir: c.Dir, Patterns: packages, NoTests: !f.tests, Tags: f.tags, Env: c.Env, Jobs: f.jobs},
		Progress: watch.show,
	})
}

// graphExit says on standard error what is wrong, and how much there is.
func (c *CLI) graphExit(graph *rewrite.LockGraph) error {
	c.Stderr.Write(report.Problems(report.Report{Errors: graph.Errors}))
	for _, m := range graph.Mistakes {
		c.say("%s: %s", graph.Where(m.Pos), m.Message)
	}
	if !c.quiet {
		c.say("%s, %s", counted(len(graph.Classes()), "lock"), counted(len(graph.Cycles), "cycle"))
	}
	switch {
	case len(graph.Mistakes) > 0:
		return exit(exitUsage)
	case len(graph.Errors) > 0:
		c.say("some packages did not load: the picture is incomplete")
		return exit(exitIncomplete)
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sorted returns a set of names in order.
func sortedNames(set map[string]bool) []string {
	var names []string
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
