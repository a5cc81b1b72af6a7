package order

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A Cycle is a way in which goroutines can wait for each other for ever: each
// stands on one edge, holds the lock that it comes from, and waits for the one
// that it leads to, which the next goroutine holds.
type Cycle struct {
	// Edges close a circle: each leads to where the next comes from. The first
	// one goes against the order of most other places, or the declared one; the
	// cycle is reported there.
	Edges []*Edge
	// Others are more places that go the way of the first edge, one a function.
	Others []*Edge
	// Usual is how many functions go the other way round (of two locks).
	Usual int
	// Writer is a take to write, where two readers only wait for each other with
	// a writer between them; nil where they need none.
	Writer *Take
	// Declared says that the first edge goes against a declared order.
	Declared bool
}

// maxCycle is the length of the longest cycles that are looked for.
const maxCycle = 4

// cycles finds the hazards, sorted by their classes.
func (g *Graph) cycles() (all []*Cycle) {
	taken := make(map[[2]Class]bool)
	for _, key := range sortedPairs(g.pairs) {
		back := [2]Class{key[1], key[0]}
		if key[0] >= key[1] || len(g.pairs[back]) == 0 {
			continue
		}
		if c := g.cycleOf([]Class{key[0], key[1]}); c != nil {
			all = append(all, c)
			taken[key], taken[back] = true, true
		}
	}
	all = append(all, g.longCycles(taken)...)
	return append(all, g.againstDeclared(all)...)
}

func sortedPairs(pairs map[[2]Class][]*Edge) [][2]Class {
	return slices.SortedFunc(maps.Keys(pairs), func(a, b [2]Class) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
}

// cycleOf returns the best cycle through the classes in this order, nil if no
// edges can be waited on at once.
func (g *Graph) cycleOf(classes []Class) *Cycle {
	edges := g.best(classes, nil)
	if edges == nil {
		return nil
	}
	c := &Cycle{Edges: edges}
	g.turn(c)
	c.Writer = g.writerIn(c.Edges)
	first := c.Edges[0]
	seen := map[*Func]bool{first.Func: true}
	for _, e := range g.Between(first.From, first.To) {
		if !seen[e.Func] && g.possible([]*Edge{e}, c.Edges[1:]) {
			seen[e.Func] = true
			c.Others = append(c.Others, e)
		}
	}
	return c
}

// best chooses one edge for each step of a circle, so that all can be waited on
// at once; the shortest chains win.
func (g *Graph) best(classes []Class, chosen []*Edge) (best []*Edge) {
	n := len(chosen)
	if n == len(classes) {
		if !plausible(chosen) || guessed(chosen) {
			return nil
		}
		return slices.Clone(chosen)
	}
	for _, e := range g.Between(classes[n], classes[(n+1)%len(classes)]) {
		if best != nil && len(e.Chain) >= length(best)-n {
			continue
		}
		if e.Flagged || !g.possible([]*Edge{e}, chosen) {
			continue
		}
		found := g.best(classes, append(chosen[:n:n], e))
		if found != nil && (best == nil || length(found) < length(best)) {
			best = found
		}
	}
	return best
}

// guessed reports whether two edges go through an interface, or what a field keeps. Two types that
// wrap what the same interface describes reach each other then in the text,
// both ways round, though nobody wraps them both ways; and an object that has the one hook need
// not be the one that has the other.
func guessed(edges []*Edge) bool {
	n := 0
	for _, e := range edges {
		if e.Dynamic {
			n++
		}
	}
	return n > 1
}

// length is the number of calls in the chains of edges.
func length(edges []*Edge) (n int) {
	for _, e := range edges {
		n += len(e.Chain)
	}
	return n
}

// possible reports whether goroutines can stand on all edges of both lists at
// the same time.
func (g *Graph) possible(edges, others []*Edge) bool {
	for _, e := range edges {
		for _, other := range others {
			if !e.Func.meetsIn(other.Func) || !e.context.beside(other.context) || gated(e, other) || !g.meets(e, other) || !g.meets(other, e) {
				return false
			}
		}
	}
	return true
}

// meetsIn reports whether two functions can be part of one program: code of
// tests is driven by one test at a time.
func (fn *Func) meetsIn(other *Func) bool {
	if fn.Test != other.Test {
		return false
	}
	return fn.test() == "" || other.test() == "" || fn.test() == other.test()
}

// test is the ID of the test that a function is, or stands in; "" if it is none.
func (fn *Func) test() string {
	outermost, _, _ := strings.Cut(fn.ID, "·")
	if name := outermost[strings.LastIndex(outermost, ".")+1:]; fn.Test && isTestName(name) && !strings.HasPrefix(outermost, "(") {
		return outermost
	}
	return ""
}

// gated reports whether some other lock is held on both edges.
func gated(a, b *Edge) bool {
	return slices.ContainsFunc(a.Gates, func(c Class) bool { return slices.Contains(b.Gates, c) })
}

// meets reports whether waiting at the end of e means waiting for whoever holds
// the lock that next comes from; true too if next comes from another lock.
func (g *Graph) meets(e, next *Edge) bool {
	if e.To != next.From {
		return true
	}
	if !e.ToRef.maybe(next.FromRef) {
		return false // of two fields of one type
	}
	if !e.ToRead || !next.FromRead {
		return true
	}
	return g.linked.writers[e.To] != nil
}

// writerIn returns a take to write that a cycle of readers needs.
func (g *Graph) writerIn(edges []*Edge) *Take {
	for i, e := range edges {
		next := edges[(i+1)%len(edges)]
		if e.ToRead && next.FromRead {
			return g.linked.writers[e.To]
		}
	}
	return nil
}

// turn puts the edge first at which a cycle is reported: the one against a
// declared order, else the one that the fewest functions have, else the one
// with the shorter chain, else the last.
func (g *Graph) turn(c *Cycle) {
	at := 0
	for i := range c.Edges {
		if i > 0 && g.odder(c.Edges[i], c.Edges[at]) {
			at = i
		}
	}
	c.Edges = slices.Concat(c.Edges[at:], c.Edges[:at])
	c.Declared = g.against(c.Edges[0])
	c.Usual = g.functions(c.Edges[len(c.Edges)-1])
}

func (g *Graph) odder(a, b *Edge) bool {
	if x, y := g.against(a), g.against(b); x != y {
		return x
	}
	if x, y := g.against(b.reversed()), g.against(a.reversed()); x != y {
		return x
	}
	return cmp.Or(
		cmp.Compare(g.functions(a), g.functions(b)),
		cmp.Compare(len(a.Chain), len(b.Chain)),
		-cmp.Compare(a.Func.ID, b.Func.ID)) < 0
}

// reversed is an edge that goes the other way, for a question about orders.
func (e *Edge) reversed() *Edge { return &Edge{From: e.To, To: e.From} }

// functions counts the functions with an edge between the same classes.
func (g *Graph) functions(e *Edge) int {
	seen := make(map[*Func]bool)
	for _, other := range g.Between(e.From, e.To) {
		seen[other.Func] = true
	}
	return len(seen)
}

// longCycles finds the cycles of more than two classes in which no two classes
// are a cycle already.
func (g *Graph) longCycles(taken map[[2]Class]bool) (all []*Cycle) {
	next := make(map[Class][]Class)
	for _, key := range sortedPairs(g.pairs) {
		if key[0] != key[1] && !taken[key] {
			next[key[0]] = append(next[key[0]], key[1])
		}
	}
	for _, start := range slices.Sorted(maps.Keys(next)) {
		s := &circles{graph: g, next: next, start: start, used: make(map[Class]bool)}
		s.search([]Class{start})
		all = append(all, s.found...)
	}
	return all
}

// circles searches the cycles whose smallest class is start. A class that is
// part of one found is not looked at again: one report of a knot is enough.
type circles struct {
	graph *Graph
	next  map[Class][]Class
	start Class
	used  map[Class]bool
	found []*Cycle
	steps int
}

// maxSteps bounds the search in one knot.
const maxSteps = 20000

func (s *circles) search(way []Class) {
	if s.steps++; s.steps > maxSteps {
		return
	}
	for _, c := range s.next[way[len(way)-1]] {
		switch {
		case c == s.start && len(way) > 2:
			if cycle := s.graph.cycleOf(way); cycle != nil {
				for _, member := range way[1:] {
					s.used[member] = true
				}
				s.found = append(s.found, cycle)
				return
			}
		case c > s.start && len(way) < maxCycle && !slices.Contains(way, c) && !s.used[c]:
			s.search(append(way[:len(way):len(way)], c))
		}
	}
}
