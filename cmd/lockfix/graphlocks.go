package main

import (
	"fmt"
	"strings"

	"github.com/lockfix/lockfix/diffs/drawing"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// maxPlaces is how many places of one arrow are told.
const maxPlaces = 5

// lockPicture is the lock order as a picture: a node a class, an arrow for all
// the places that take one lock under another.
func lockPicture(graph *rewrite.LockGraph, onlyCycles bool) drawing.Picture {
	red := inCycles(graph)
	p := drawing.Picture{Title: "Lock order"}
	nodes := map[string]bool{}
	for _, from := range graph.Classes() {
		for _, to := range graph.Classes() {
			edges := graph.Between(from, to)
			key := [2]order.Class{from, to}
			if len(edges) == 0 || onlyCycles && !red[key] {
				continue
			}
			nodes[string(from)], nodes[string(to)] = true, true
			p.Edges = append(p.Edges, arrow(graph, edges, red[key]))
		}
	}
	marked := map[string]bool{}
	for key := range red {
		marked[string(key[0])], marked[string(key[1])] = true, true
	}
	for _, id := range sortedNames(nodes) {
		class := order.Class(id)
		p.Nodes = append(p.Nodes, drawing.Node{ID: class.Long(), Label: class.String(), Group: class.Package(), Emphasis: marked[id]})
	}
	return p
}

// inCycles returns the pairs of locks whose edges are part of a reported cycle.
func inCycles(graph *rewrite.LockGraph) map[[2]order.Class]bool {
	red := map[[2]order.Class]bool{}
	for _, c := range graph.Cycles {
		for _, e := range c.Edges {
			red[[2]order.Class{e.From, e.To}] = true
		}
	}
	return red
}

// arrow tells the places of all edges between two locks, functions first come.
func arrow(graph *rewrite.LockGraph, edges []*order.Edge, red bool) drawing.Edge {
	a := drawing.Edge{From: edges[0].From.Long(), To: edges[0].To.Long(), Emphasis: red, Weak: true}
	functions := map[string]bool{}
	for _, e := range edges {
		a.Weak = a.Weak && e.FromRead && e.ToRead
		if functions[e.Func.ID] {
			continue
		}
		functions[e.Func.ID] = true
		if len(functions) <= maxPlaces {
			a.Notes = append(a.Notes, chain(graph, e))
		}
	}
	if more := len(functions) - maxPlaces; more > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("and %s more", counted(more, "function")))
	}
	if len(functions) > 1 {
		a.Label = fmt.Sprint(len(functions))
	}
	return a
}

// chain is one edge on a line: the calls from the lock that is held to the one
// that is taken.
func chain(graph *rewrite.LockGraph, e *order.Edge) string {
	var steps []string
	for _, s := range e.Chain {
		steps = append(steps, fmt.Sprintf("%s %s", s.Func, graph.Where(s.Pos)))
	}
	return strings.Join(steps, " → ")
}
