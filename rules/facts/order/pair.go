package order

import (
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A Pair is two locks of one class that a function takes one inside the other,
// in the order of its parameters: who calls it with these the other way round
// takes them the other way round.
type Pair struct {
	Edge  *Edge
	Calls []Step // of callers that could pass their arguments in either order
}

// findPairs finds the pairs that nothing puts in order, one a function.
func (g *Graph) findPairs() (all []*Pair) {
	seen := make(map[*Func]bool)
	for _, key := range sortedPairs(g.pairs) {
		if key[0] != key[1] {
			continue
		}
		for _, e := range g.pairs[key] {
			if seen[e.Func] || !g.unordered(e) {
				continue
			}
			calls, ok := g.linked.swappable(e)
			if !ok {
				continue
			}
			seen[e.Func] = true
			all = append(all, &Pair{e, calls})
		}
	}
	return all
}

// unordered reports whether an edge of one class takes the locks of two
// parameters in the order in which these come.
func (g *Graph) unordered(e *Edge) bool {
	a, b := e.FromRef.Root, e.ToRef.Root
	switch {
	case a.Kind != Param || b.Kind != Param || a == b || e.FromRef.Path != e.ToRef.Path:
		return false
	case e.FromRead && e.ToRead:
		return false // two writers have to come between, one for each
	case len(e.Gates) > 0 || e.Flagged || !e.context.beside(e.context):
		return false
	}
	return !e.Func.orders(a, b) && !g.linked.ranks(e.Func, a) && !g.linked.ranks(e.Func, b)
}

// ranks reports whether a parameter has its place in a structure by the name that
// it has here, or in a function of the program that it is handed on to:
//
//	func (n *node) add(m *node) { …; m.setParent(n); … }
func (p *linked) ranks(fn *Func, r Root) bool {
	if fn.ranked(r) {
		return true
	}
	for _, call := range fn.Calls {
		for i, arg := range call.Args {
			if arg == nil || arg.Root != r || arg.Path != "" {
				continue
			}
			for _, callee := range p.callees[call] {
				if i < len(callee.Names) && treeName.MatchString(callee.Names[i]) {
					return true
				}
			}
		}
	}
	return false
}

// ranked reports whether a parameter has a name that says where in a structure
// it stands: then others stand below or above it, in one direction.
func (fn *Func) ranked(r Root) bool {
	return r.Index < len(fn.Names) && rankedName.MatchString(fn.Names[r.Index])
}

// treeName is of these what a tree has.
var treeName = lazyregexp.New(`(?i)^(parent|child|kid|outer|inner|upper|lower)`)

var rankedName = lazyregexp.New(`(?i)^(parent|child|kid|prev|previous|next|outer|inner|upper|lower|root|leaf|old|fresh|new)`)

// swappable looks at the callers of a function that takes a pair. It returns
// those that could pass the two in either order; ok is false if there are
// callers, and all of them have an order.
func (p *linked) swappable(e *Edge) (calls []Step, ok bool) {
	callers := p.callers[e.Func]
	for _, from := range callers {
		if from.call.Go && from.call.Args == nil {
			return nil, true // used as a value
		}
		if p.swaps(from, e.FromRef.Root.Index, e.ToRef.Root.Index) {
			calls = append(calls, Step{from.fn.Name, from.call.Pos, from.call.End})
		}
	}
	return calls, len(calls) > 0 || len(callers) == 0
}

// swaps reports whether a call passes two things that have no order: not one
// and what hangs below it, nothing that nobody else knows, nothing compared.
func (p *linked) swaps(from site, i, j int) bool {
	if max(i, j) >= len(from.call.Args) {
		return false
	}
	a, b := from.call.Args[i], from.call.Args[j]
	if a.Fresh || b.Fresh || from.fn.Entry&(Init|Main|Test) != 0 {
		return false
	}
	if a.Root == b.Root && !slices.Equal(indices(a.Path), indices(b.Path)) {
		return true // two elements of one
	}
	if a.Root == b.Root || a.origin() == b.Root || b.origin() == a.Root {
		return false // one leads to the other
	}
	if a.Asked.Kind != Nowhere && a.Asked == b.Root || b.Asked.Kind != Nowhere && b.Asked == a.Root {
		return false // one was found by the other
	}
	return len(from.fn.Ordered) == 0 && len(gates(from.call.Held)) == 0 && !from.fn.ranked(a.Root) && !from.fn.ranked(b.Root)
}

// indices are the steps of a path that choose an element.
func indices(path string) (all []string) {
	for _, step := range steps(path) {
		if step[0] == '[' {
			all = append(all, step)
		}
	}
	return all
}
