package order

import (
	"slices"
	"strings"
)

// An ElementPair is two locks of one collection that a function takes one inside the
// other, in an order that two goroutines need not share.
type ElementPair struct {
	Edge *Edge
	// Ring says that the second follows the first all around: each can hold its own
	// and wait for the next. Else the keys are parameters: who exchanges them takes
	// the locks the other way round.
	Ring bool
	// Peers says that the second is one of those that the first has as its peers: which do the
	// same to it.
	Peers bool
}

// findElements finds such pairs, one a function.
func (g *Graph) findElements() (all []*ElementPair) {
	seen := make(map[*Func]bool)
	for _, key := range sortedPairs(g.pairs) {
		for _, e := range g.pairs[key] {
			if pair := g.elements(e); pair != nil && !seen[e.Func] {
				seen[e.Func] = true
				all = append(all, pair)
			}
		}
	}
	return all
}

// elements returns the pair that an edge is, nil if it is none.
func (g *Graph) elements(e *Edge) *ElementPair {
	a, b := e.FromRef.Key, e.ToRef.Key
	around := g.linked.around(e)
	if e.toPeer() {
		return g.peers(e)
	}
	switch {
	case !e.Direct() && (around || len(e.Chain) != 2 || e.Dynamic) || !around && (e.From != e.To || a.Of == "" || a.Of != b.Of || a.Text == b.Text):
		return nil
	case e.FromRead && e.ToRead && g.linked.writers[e.To] == nil:
		return nil
	case len(e.Gates) > 0 || e.Flagged || !e.context.beside(e.context) || e.ordered():
		return nil
	case g.exchangeable(e):
		return &ElementPair{Edge: e}
	case (around || a.neighbour(b)) && g.linked.startedMany(e.Func):
		return &ElementPair{Edge: e, Ring: true}
	}
	return nil
}

// around reports whether an edge leads from the one field of a struct to another, that
// have neighbours in a ring.
func (p *linked) around(e *Edge) bool {
	from, to := steps(e.FromRef.Path), steps(e.ToRef.Path)
	if e.FromRef.Root != e.ToRef.Root || len(from) == 0 || len(to) == 0 {
		return false
	}
	a, b := strings.TrimPrefix(from[0], "."), strings.TrimPrefix(to[0], ".")
	return p.rings[Ring{e.FromRef.Key.Owner, min(a, b), max(a, b)}]
}

// ordered reports whether the function puts the two elements, or their keys, into an
// order.
func (e *Edge) ordered() bool {
	a, b := e.FromRef, e.ToRef
	return e.Func.orders(a.Root, b.Root) || e.Func.orders(a.Key.Root, b.Key.Root) || e.Func.orders(a.Key.Source, b.Key.Source)
}

// exchangeable reports whether the keys come from two parameters of which nothing says
// that they have an order.
func (g *Graph) exchangeable(e *Edge) bool {
	a, b := e.FromRef.Key.Source, e.ToRef.Key.Source
	if a.Kind != Param || b.Kind != Param || a == b || e.Func.ranked(a) || e.Func.ranked(b) {
		return false
	}
	callers := g.linked.callers[e.Func]
	return len(callers) == 0 || slices.ContainsFunc(callers, func(from site) bool {
		return from.fn.Entry&(Init|Main|Test) == 0 && len(gates(from.call.Held)) == 0 && len(from.fn.Ordered) == 0
	})
}

// startedMany reports whether a function is run by go statements, or by what they
// start.
func (p *linked) startedMany(fn *Func) bool {
	return slices.ContainsFunc(p.callers[fn], func(from site) bool {
		return from.call.Go || slices.ContainsFunc(p.callers[from.fn], func(above site) bool { return above.call.Go })
	})
}
