package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/drawing"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts/waitgraph"
)

// drawWaits writes the wait-for graph.
func (c *CLI) drawWaits(cmd *cobra.Command, f *graphFlags, packages []string) error {
	graph, err := c.waitGraph(cmd, f, packages)
	if err != nil {
		return err
	}
	picture := waitPicture(graph, f.cycles)
	out, err := drawing.Write(picture, f.format)
	if err != nil {
		return err
	}
	if _, err := c.Stdout.Write(out); err != nil {
		return err
	}
	c.Stderr.Write(report.Problems(report.Report{Errors: graph.Errors}))
	if !c.quiet {
		stuck := slices.DeleteFunc(slices.Clone(picture.Edges), func(e drawing.Edge) bool { return !e.Emphasis })
		c.say("%s, %s that a rule reports", counted(len(picture.Nodes), "node"), counted(len(stuck), "wait"))
	}
	if len(graph.Errors) > 0 {
		c.say("some packages did not load: the picture is incomplete")
		return exit(exitIncomplete)
	}
	return nil
}

func (c *CLI) waitGraph(cmd *cobra.Command, f *graphFlags, packages []string) (*rewrite.WaitGraph, error) {
	watch := c.progress()
	defer watch.clear()
	return rewrite.LoadWaitGraph(cmd.Context(), rewrite.Options{
		Load:     load.Config{Dir: c.Dir, Patterns: packages, NoTests: !f.tests, Tags: f.tags, Env: c.Env, Jobs: f.jobs},
		Progress: watch.show,
	})
}

// waitPicture is the wait-for graph as a picture: a node for each goroutine,
// function, channel, WaitGroup and lock that has a part in some wait that
// another function can end.
func waitPicture(graph *rewrite.WaitGraph, onlyStuck bool) drawing.Picture {
	p := drawing.Picture{Title: "Who waits for whom"}
	red, nodes := map[waitgraph.Node]bool{}, map[waitgraph.Node]bool{}
	for _, pkg := range graph.Packages {
		stuck := aroundStuck(pkg)
		for _, e := range pkg.Edges {
			if onlyStuck && !(stuck[e.From] && stuck[e.To]) {
				continue
			}
			red[e.From], red[e.To] = red[e.From] || e.Stuck, red[e.To] || e.Stuck
			nodes[e.From], nodes[e.To] = true, true
			p.Edges = append(p.Edges, drawing.Edge{
				From: nodeID(e.From), To: nodeID(e.To), Label: e.Label, Weak: e.Choice, Emphasis: e.Stuck,
				Notes: []string{graph.Where(e.At.Pos())},
			})
		}
	}
	for n := range nodes {
		p.Nodes = append(p.Nodes, drawing.Node{ID: nodeID(n), Label: nodeLabel(n), Group: string(n.Kind), Emphasis: red[n]})
	}
	slices.SortFunc(p.Nodes, func(a, b drawing.Node) int { return strings.Compare(a.ID, b.ID) })
	return p
}

// aroundStuck returns the nodes of the edges that a rule reports, and those next
// to what is waited for there.
func aroundStuck(g waitgraph.Graph) map[waitgraph.Node]bool {
	near := map[waitgraph.Node]bool{}
	for _, e := range g.Edges {
		if e.Stuck {
			near[e.From], near[e.To] = true, true
		}
	}
	for _, e := range g.Edges {
		if near[e.From] && e.From.Kind != waitgraph.Function && e.From.Kind != waitgraph.Goroutine {
			near[e.To] = true
		}
	}
	return near
}

func nodeID(n waitgraph.Node) string { return string(n.Kind) + " " + n.Name }

// nodeLabel is the name of a node without the folders of its package, and what
// it is.
func nodeLabel(n waitgraph.Node) string {
	name := n.Name
	if at := strings.LastIndex(name, "/"); at >= 0 && !strings.ContainsAny(name[:at], " (") {
		name = name[at+1:]
	}
	if at := strings.Index(name, "@"); at > 0 { // a local variable: package.name@file:line:column
		name = name[strings.Index(name, ".")+1:]
	}
	switch n.Kind {
	case waitgraph.Goroutine:
		return "go " + name
	case waitgraph.Function:
		return name
	}
	return string(n.Kind) + " " + name
}
