package pattern

import (
	"go/ast"
	"go/types"
)

// A solver searches for bindings that make a pattern equal to code. It works
// off a stack of goals; where a list hole leaves a choice it tries each and
// takes the bindings of a failed one back (Prolog's search, with its trail).
type solver struct {
	pattern *Pattern // nil where exact
	exact   *exact   // compare two pieces of code, without holes or leniency
	info    *types.Info
	bound   Bindings // in the order in which they were bound: the trail
	left    int      // of the last solution: how many statements the run left over
	budget  int
	found   func() bool // called at each solution; false ends the search
}

// exact are the two pieces of code of [Same].
type exact struct{ a, b ast.Node }

// A goal is one thing to make equal: two nodes or two lists. Goals are immutable.
type goal struct {
	want, got   ast.Node
	isList      bool
	wants, gots []ast.Node
	open        bool // a run: what is left over does not matter
	next        *goal
}

// solve reports whether the search shall go on after all solutions of the goals.
func (s *solver) solve(g *goal) bool {
	for g != nil {
		if s.budget--; s.budget < 0 {
			return false
		}
		if !g.isList {
			next, ok := s.unify(g)
			if !ok {
				return true
			}
			g = next
			continue
		}
		if len(g.wants) > 0 && s.isGap(g.wants[0]) {
			return s.stretch(g)
		}
		next, ok := s.advance(g)
		if !ok {
			return true
		}
		g = next
	}
	return s.found()
}

// advance takes the first elements off two lists.
func (s *solver) advance(g *goal) (*goal, bool) {
	switch {
	case len(g.wants) == 0 && g.open:
		s.left = len(g.gots)
		return g.next, true
	case len(g.wants) == 0:
		return g.next, len(g.gots) == 0
	case len(g.gots) == 0:
		return nil, false
	}
	rest := &goal{isList: true, wants: g.wants[1:], gots: g.gots[1:], open: g.open, next: g.next}
	return &goal{want: g.wants[0], got: g.gots[0], next: rest}, true
}

// stretch lets a list hole, the first of the wanted list, take none, one, two …
// of the elements.
func (s *solver) stretch(g *goal) bool {
	rest := g.wants[1:]
	least, most := 0, len(g.gots)
	switch {
	case g.open && len(rest) == 0:
		least = most // a gap at the end reaches to the end of the list
	case !g.open && !s.hasGap(rest):
		least = len(g.gots) - len(rest) // the others take one each
		most = least
	}
	hole, _ := s.holeOf(g.wants[0])
	for n := max(0, least); n <= most; n++ {
		mark := len(s.bound)
		if s.bind(hole, g.gots[:n:n]) {
			if !s.solve(&goal{isList: true, wants: rest, gots: g.gots[n:], open: g.open, next: g.next}) {
				return false
			}
		}
		s.bound = s.bound[:mark] // nobody holds them: a solution is a clone
	}
	return true
}

func (s *solver) hasGap(list []ast.Node) bool {
	for _, n := range list {
		if s.isGap(n) {
			return true
		}
	}
	return false
}

// bind reports whether hole can stand for nodes, and remembers that it does.
func (s *solver) bind(hole Hole, nodes []ast.Node) bool {
	if hole.Name == "$_" {
		return true
	}
	if before, ok := s.bound.Get(hole.Name); ok {
		return sameLists(before, nodes, s.info)
	}
	s.bound = append(s.bound, Binding{hole.Name, nodes})
	return true
}

func (s *solver) isGap(n ast.Node) bool { return s.pattern != nil && s.pattern.isGap(n) }

func (s *solver) holeOf(n ast.Node) (Hole, bool) {
	if s.pattern == nil {
		return Hole{}, false
	}
	return s.pattern.holeOf(n)
}
