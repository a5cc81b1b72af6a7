package order

import (
	"cmp"
	"go/token"
	"maps"
	"slices"
)

// A Graph is the order in which a program takes its locks. It is immutable and
// safe for concurrent use.
type Graph struct {
	Edges  []*Edge
	Cycles []*Cycle
	Pairs  []*Pair
	// Elements are pairs of locks in one collection.
	Elements []*ElementPair
	Trees    []*TreePair
	// Mistakes are the declared orders that say nothing, or nothing new.
	Mistakes []Mistake

	declared map[[2]Class]bool // from before to
	pairs    map[[2]Class][]*Edge
	at       map[token.Pos][]*Cycle
	linked   *linked
}

// Build links the sketches of a program. Their order does not matter.
func Build(sketches []*Sketch) *Graph {
	sketches = slices.Clone(sketches)
	slices.SortStableFunc(sketches, func(a, b *Sketch) int { return cmp.Compare(a.Package, b.Package) })
	p := link(sketches)
	g := &Graph{
		Edges: p.edges(), linked: p, pairs: make(map[[2]Class][]*Edge),
		at: make(map[token.Pos][]*Cycle),
	}
	for _, e := range g.Edges {
		key := [2]Class{e.From, e.To}
		g.pairs[key] = append(g.pairs[key], e)
	}
	g.declare(sketches)
	g.Cycles = g.cycles()
	g.Pairs = g.findPairs()
	g.Elements = g.findElements()
	g.Trees = g.findTrees()
	for _, c := range g.Cycles {
		g.at[c.Edges[0].Pos] = append(g.at[c.Edges[0].Pos], c)
	}
	return g
}

// Classes returns all classes that have an edge, sorted.
func (g *Graph) Classes() []Class {
	seen := make(map[Class]bool)
	for key := range g.pairs {
		seen[key[0]], seen[key[1]] = true, true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Between returns the edges from one class to another, in a fixed order.
func (g *Graph) Between(from, to Class) []*Edge { return g.pairs[[2]Class{from, to}] }

// At returns the cycles that are reported at a call.
func (g *Graph) At(call token.Pos) []*Cycle { return g.at[call] }
