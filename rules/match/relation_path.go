package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/syntax"
)

// ordered decides follows and precedes on the control-flow paths of the
// function around f.
func (q *query) ordered(r relation, f found, yield yield) bool {
	fn, ok := functionAround(f.at)
	if !ok {
		return true
	}
	w := way{q.pkg.Flow(fn.Node())}
	if w.flow == nil {
		return true
	}
	candidates := q.within(r.operand, fn, f)
	for _, c := range candidates {
		if !w.related(r, f, c, nil) {
			continue // and what is on the way need not be sought
		}
		obstacles := w.steps(firstNodes(q.within(r.without, fn, c)))
		if !w.related(r, f, c, obstacles) || r.path == rules.All && !w.always(r, f, candidates, obstacles) {
			continue
		}
		if !yield(c) {
			return false
		}
	}
	return true
}

// related reports whether some path joins f and c in the order of r, past no obstacle.
func (w way) related(r relation, f, c found, obstacles []step) bool {
	if r.kind == follows {
		a, ok := w.step(c.last())
		b, ok2 := w.step(f.first())
		return ok && ok2 && w.leads(a, b, obstacles)
	}
	a, ok := w.step(f.last())
	b, ok2 := w.step(c.first())
	return ok && ok2 && w.leads(a, b, obstacles)
}

// always reports whether every path has one of the candidates: every path from
// the entry to f, or from f to a normal exit; and no obstacle between the two.
func (w way) always(r relation, f found, candidates []found, obstacles []step) bool {
	barrier := w.steps(firstNodes(candidates))
	if r.kind == follows {
		at, _ := w.step(f.first())
		return !w.enters(at, barrier) && !anyStep(obstacles, func(s step) bool { return w.leads(s, at, barrier) })
	}
	at, _ := w.step(f.last())
	return !w.leaves(at, barrier) && !anyStep(obstacles, func(s step) bool { return w.leads(at, s, barrier) })
}

// within finds all that m matches in a function, not in the literals in it.
func (q *query) within(m *matcher, fn syntax.Cursor, f found) (all []found) {
	if m == nil {
		return nil
	}
	r := relation{operand: m}
	whole := found{at: fn, nodes: []ast.Node{fn.Node()}, bound: f.bound, evidence: f.evidence}
	q.descendants(r, whole, func(at syntax.Cursor) bool {
		return q.at(r, at, f, func(c found) bool { all = append(all, c); return true })
	})
	return all
}

func firstNodes(all []found) (nodes []ast.Node) {
	for _, f := range all {
		nodes = append(nodes, f.first())
	}
	return nodes
}

// functionAround returns the innermost function around a place.
func functionAround(at syntax.Cursor) (syntax.Cursor, bool) {
	for ; !isTop(at); at = at.Parent() {
		if fn := at.Parent(); isBoundary(fn.Node()) {
			return fn, true
		}
	}
	return at, false
}

// hasOnPath decides has on the control-flow paths through f: on some of them,
// or on all of them, something in f matches.
func (q *query) hasOnPath(r relation, f found, yield yield) bool {
	var candidates []found
	q.has(r, f, func(c found) bool { candidates = append(candidates, c); return true })
	w, start, ok := q.region(f)
	if !ok {
		return true
	}
	for _, c := range candidates {
		s, placed := w.step(c.first())
		if !placed || !w.flow.Reaches(start, s.point, nil) {
			continue
		}
		if r.path == rules.All && w.escapes(start, w.steps(firstNodes(candidates)), f.spans) {
			return true
		}
		if !yield(c) {
			return false
		}
	}
	return true
}

// insideOnPath is the converse: f is reached on some path through what is
// around it, or on all of them.
func (q *query) insideOnPath(r relation, f found, yield yield) bool {
	return q.inside(r, f, func(around found) bool {
		w, start, ok := q.region(around)
		s, placed := w.step(f.first())
		if !ok || !placed || !w.flow.Reaches(start, s.point, nil) {
			return true
		}
		if r.path == rules.All && w.escapes(start, []step{s}, around.spans) {
			return true
		}
		return yield(around)
	})
}

// region returns the flow around f and the point where f begins; f may be a function.
func (q *query) region(f found) (w way, start facts.Point, ok bool) {
	if isBoundary(f.first()) {
		w.flow = q.pkg.Flow(f.first())
		if w.flow == nil {
			return w, start, false
		}
		return w, w.entry(), true
	}
	fn, ok := functionAround(f.at)
	if !ok {
		return w, start, false
	}
	w.flow = q.pkg.Flow(fn.Node())
	if w.flow == nil {
		return w, start, false
	}
	start, ok = w.flow.At(f.first())
	return w, start, ok
}

// spans reports whether n lies in what f matched.
func (f found) spans(n ast.Node) bool {
	return f.first().Pos() <= n.Pos() && n.End() <= f.last().End()
}
