package load

import (
	"maps"
	"slices"
)

// Packages are matched after those that they import, so that what is known of
// those is there. The order decides what is known, so it must not depend on
// which package is done first: an edge is there or not, whatever -j.

// Needs returns, for each package of a program, those that it is matched after.
// What tests import counts only where that closes no circle: a package may test
// itself with one that imports it.
func (p *Program) Needs() [][]int {
	if len(p.graphs) == 0 {
		return make([][]int, len(p.Packages))
	}
	return needsOf(p.graphs)
}

// needsOf is Needs of the roots of graphs.
func needsOf(graphs []*graph) (all [][]int) {
	for _, g := range graphs {
		w := newImportWeb(g)
		for _, tests := range []bool{false, true} {
			for i := range w.roots {
				w.link(i, tests)
			}
		}
		first := len(all)
		for _, needs := range w.needs {
			for k := range needs {
				needs[k] += first
			}
			all = append(all, needs)
		}
	}
	return all
}

// An importWeb is the roots of one platform and what they need.
type importWeb struct {
	graph *graph
	roots []*node        // in the order of their IDs
	at    map[string]int // where an import path leads
	needs [][]int
}

func newImportWeb(g *graph) *importWeb {
	w := &importWeb{graph: g, at: make(map[string]int)}
	for _, id := range slices.Sorted(maps.Keys(g.nodes)) {
		if n := g.nodes[id]; n.root {
			w.roots = append(w.roots, n)
		}
	}
	w.needs = make([][]int, len(w.roots))
	for i, n := range w.roots {
		if _, ok := w.at[n.path]; !ok && n.supersededBy == "" {
			w.at[n.path] = i
		}
	}
	return w
}

// link adds what the files of a root import: those of tests, or the others.
func (w *importWeb) link(i int, tests bool) {
	n := w.roots[i]
	if n.supersededBy != "" {
		return
	}
	plain := map[string]string{}
	if base := w.graph.nodes[n.path]; base != nil {
		plain = base.imports
	}
	for _, path := range slices.Sorted(maps.Keys(n.imports)) {
		_, isPlain := plain[path]
		to, ok := w.at[path]
		if isPlain == tests || !ok || to == i || slices.Contains(w.needs[i], to) || tests && w.leads(to, i) {
			continue
		}
		w.needs[i] = append(w.needs[i], to)
	}
}

// leads reports whether one root needs another, directly or not.
func (w *importWeb) leads(from, to int) bool {
	seen := make([]bool, len(w.roots))
	var visit func(int) bool
	visit = func(i int) bool {
		if i == to {
			return true
		}
		if seen[i] {
			return false
		}
		seen[i] = true
		return slices.ContainsFunc(w.needs[i], visit)
	}
	return visit(from)
}
