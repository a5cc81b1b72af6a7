package sharing

import (
	"go/ast"
	"slices"
)

// A Root is where goroutines begin that can come to a function.
type Root struct {
	// Start is the go statement, or the call that starts a goroutine; the
	// function itself for main, tests and init; nil for the callers in other
	// packages, which may be many goroutines.
	Start ast.Node
	// Many says that the start stands in a loop, or runs for each request.
	Many bool
}

// Outside reports whether the root stands for callers that are not seen.
func (r Root) Outside() bool { return r.Start == nil }

// rootsOf returns where the goroutines begin that can come to a function,
// outside first, then in source order.
func (f *Facts) rootsOf(fn *function) []Root {
	if fn.rooted {
		return fn.roots
	}
	s := &rootSearch{Facts: f, seen: map[*function]bool{}, found: map[Root]bool{}}
	s.visit(fn)
	for r := range s.found {
		fn.roots = append(fn.roots, r)
	}
	slices.SortFunc(fn.roots, func(a, b Root) int { return int(startPos(a) - startPos(b)) })
	fn.rooted = true
	return fn.roots
}

func startPos(r Root) int {
	if r.Start == nil {
		return -1
	}
	return int(r.Start.Pos())
}

// rootSearch goes from a function to its callers, up to where they begin.
type rootSearch struct {
	*Facts
	seen  map[*function]bool
	found map[Root]bool
}

func (s *rootSearch) visit(fn *function) {
	if fn == nil || s.seen[fn] {
		return
	}
	s.seen[fn] = true
	if fn.obj == nil && fn.runs != bound {
		s.literal(fn)
		return
	}
	if fn.entered() || fn.initialises() {
		s.found[Root{Start: fn.node}] = true
		return
	}
	sites := s.realSites(fn)
	if fn.public || fn.valued || len(sites) == 0 {
		s.found[Root{}] = true
	}
	for _, call := range sites {
		if call.runs == started {
			s.found[s.start(call.in, call.stmt)] = true
			continue
		}
		if call.in == nil {
			s.found[Root{}] = true
		}
		s.visit(call.in)
	}
}

func (s *rootSearch) literal(fn *function) {
	switch {
	case fn.runs == started:
		s.found[s.start(fn.around, fn.at)] = true
	case fn.runs == later || fn.around == nil:
		s.found[Root{}] = true
	default:
		s.visit(fn.around)
	}
}

func (s *rootSearch) start(in *function, at ast.Node) Root {
	call, isCall := at.(*ast.CallExpr)
	w := walker{Facts: s.Facts}
	return Root{Start: at, Many: in != nil && s.loops(in, at) || isCall && w.handles(call)}
}

// loops reports whether a function can come back to a node.
func (f *Facts) loops(fn *function, n ast.Node) bool {
	flow := f.pkg.Flow(fn.node)
	at, ok := flow.At(n)
	if !ok {
		return false
	}
	for _, edge := range at.Block.Succs {
		next := at
		next.Block, next.Index = edge.To, 0
		if flow.Reaches(next, at, nil) {
			return true
		}
	}
	return false
}

// oneGoroutine reports whether two functions only ever run on one and the same
// goroutine, so that what they do is in order.
func (f *Facts) oneGoroutine(a, b *function) bool {
	x, y := f.rootsOf(a), f.rootsOf(b)
	return len(x) == 1 && len(y) == 1 && x[0] == y[0] && !x[0].Outside() && !x[0].Many
}
