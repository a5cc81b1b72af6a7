package locks

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// judgeTails looks at what runs with the lost lock where no unlock can follow
// any more: the tail of each way that loses it.
//
//	s.mu.Lock()
//	n := s.n
//	if n == 0 {
//		return s.conn.Close()      ← the tail
//	}
//	s.mu.Unlock()
//
// The unlock at its end releases what is lost, but a tail that waits, or calls
// what nobody knows, may have been meant to run without the lock: the fix is
// unsafe. In a tail that uses the lock the function waits for itself before it
// gets to the unlock: refused.
func (h *holding) judgeTails() error {
	noted := false
	for _, n := range h.tails() {
		if call, because := h.usesLock(n); call != nil {
			return fmt.Errorf("line %d %s while the lock is held: it is not clear where the missing unlock belongs", h.line(call), because)
		}
		if because, yes := h.waits(n); yes && !noted {
			noted = true
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d, which %s, may have been meant to run behind the unlock", h.line(n), because))
		}
	}
	return nil
}

// waits is facts.Waits of what a flow node itself evaluates: of a range
// statement the next element, of a select the wait.
func (h *holding) waits(n ast.Node) (because string, ok bool) {
	switch n := n.(type) {
	case *ast.RangeStmt:
		switch h.pkg.TypeOf(n.X).Underlying().(type) {
		case *types.Chan:
			return "receives from a channel", true
		case *types.Signature:
			return "ranges over a function", true
		}
		return "", false
	case *ast.SelectStmt:
		for _, c := range n.Body.List {
			if c.(*ast.CommClause).Comm == nil {
				return "", false
			}
		}
		return "waits in a select", true
	}
	if h.chosen(n) {
		return "", false
	}
	return h.pkg.Waits(n)
}

// chosen reports whether a node is the operation of a select's case: where it
// runs, the select has waited for it.
func (h *holding) chosen(n ast.Node) bool {
	for _, around := range append(h.s.PathTo(n), n) {
		clause, ok := around.(*ast.CommClause)
		if ok && clause.Comm != nil && clause.Comm.Pos() <= n.Pos() && n.End() <= clause.Comm.End() {
			return true
		}
	}
	return false
}

// usesLock returns a call in a node that uses the lock, and how.
func (h *holding) usesLock(n ast.Node) (call *ast.CallExpr, because string) {
	facts.Evaluated(n, func(m ast.Node) bool {
		c, ok := m.(*ast.CallExpr)
		if ok && call == nil && h.handsOver(c) {
			call = c
			because, _ = h.pkg.NamesLock(c, h.Lock)
		}
		return call == nil
	})
	return call, because
}

// tails returns the flow nodes that are reached with the lock held, and from
// which no path releases it, in the order of the text.
func (h *holding) tails() []ast.Node {
	at, ok := h.pkg.Flow(h.Func).At(h.Call)
	if !ok {
		return nil
	}
	at.Index++
	takes, releases := h.sameLock()
	for _, d := range h.Deferred {
		releases[d] = true
	}
	var tails []ast.Node
	for _, p := range h.heldPoints(at, isIn(releases), isIn(takes), h.unlocksAt) {
		n := p.Block.Nodes[p.Index]
		released, ways := reach(p, isIn(takes), isIn(releases))
		if released == nil && (slices.ContainsFunc(ways, h.loses) || h.turnsFrom(p, releases)) {
			tails = append(tails, n)
		}
	}
	slices.SortFunc(tails, func(a, b ast.Node) int { return int(a.Pos() - b.Pos()) })
	return tails
}

// unlocksAt reports whether a node is a jump that gets an unlock before it: what
// comes behind it runs without the lock.
func (h *holding) unlocksAt(n ast.Node) bool {
	_, jumps := n.(*ast.BranchStmt)
	return jumps && slices.ContainsFunc(h.Lost, func(l facts.Loss) bool { return l.At == n && l.Must })
}

// loses reports whether a way out is one on which the lock is lost.
func (h *holding) loses(way ast.Node) bool {
	return slices.ContainsFunc(h.Lost, func(l facts.Loss) bool { return l.At == way })
}

// turnsFrom reports whether a path from a point comes back to the Lock, and is
// lost by that.
func (h *holding) turnsFrom(p facts.Point, releases map[ast.Node]bool) bool {
	if !slices.ContainsFunc(h.Lost, func(l facts.Loss) bool { return l.Relock != nil }) {
		return false
	}
	again, _ := reach(p, isIn(releases), func(n ast.Node) bool { return n == ast.Node(h.Call) })
	return again != nil
}

// heldPoints returns the points that some path reaches from a start before it
// comes to what stops it.
func (h *holding) heldPoints(start facts.Point, stops ...func(ast.Node) bool) []facts.Point {
	var points []facts.Point
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{start}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		through := true
		for ; p.Index < len(p.Block.Nodes) && through; p.Index++ {
			if through = !holdsAny(p.Block.Nodes[p.Index], stops); through {
				points = append(points, p)
			}
		}
		for _, edge := range p.Block.Succs {
			if through && !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return points
}

// holdsAny reports whether a flow node evaluates what one of the tests names.
func holdsAny(n ast.Node, tests []func(ast.Node) bool) bool {
	found := false
	facts.Evaluated(n, func(m ast.Node) bool {
		for _, test := range tests {
			found = found || test(m)
		}
		return !found
	})
	return found
}
