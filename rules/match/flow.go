package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

// A way is a question about the paths of one function.
type way struct{ flow *facts.Flow }

// A step is a node of the code and the point at which it is evaluated.
type step struct {
	node  ast.Node
	point facts.Point
}

// step places n; ok is false for what is never evaluated.
func (w way) step(n ast.Node) (s step, ok bool) {
	point, ok := w.flow.At(n)
	return step{n, point}, ok
}

// steps places all that is evaluated.
func (w way) steps(nodes []ast.Node) (all []step) {
	for _, n := range nodes {
		if s, ok := w.step(n); ok {
			all = append(all, s)
		}
	}
	return all
}

func (w way) entry() facts.Point { return facts.Point{Block: w.flow.Blocks[0]} }

// before reports whether a is evaluated before b although they stand at one
// point: further left, or as an operand of b.
func before(a, b step) bool {
	if a.point != b.point || a.node == b.node {
		return false
	}
	return a.node.End() <= b.node.Pos() || b.node.Pos() <= a.node.Pos() && a.node.End() <= b.node.End()
}

// leads reports whether some path goes from a to b and passes none of barrier.
func (w way) leads(a, b step, barrier []step) bool {
	if before(a, b) {
		return !anyStep(barrier, func(s step) bool { return before(a, s) && before(s, b) })
	}
	if anyStep(barrier, func(s step) bool { return before(a, s) || before(s, b) }) {
		return false
	}
	next := facts.Point{Block: a.point.Block, Index: a.point.Index + 1}
	return w.flow.Reaches(next, b.point, holdsBack(barrier, b.point))
}

// enters reports whether some path goes from the entry to b and passes none of barrier.
func (w way) enters(b step, barrier []step) bool {
	if anyStep(barrier, func(s step) bool { return before(s, b) }) {
		return false
	}
	return w.flow.Reaches(w.entry(), b.point, holdsBack(barrier, b.point))
}

// leaves reports whether some path goes from a to a normal exit of the function
// and passes none of barrier.
func (w way) leaves(a step, barrier []step) bool {
	if anyStep(barrier, func(s step) bool { return before(a, s) }) {
		return false
	}
	next := facts.Point{Block: a.point.Block, Index: a.point.Index + 1}
	return w.escapes(next, barrier, func(ast.Node) bool { return true })
}

// escapes reports whether some path from a point leaves the nodes of a region,
// or the function normally, and passes none of barrier.
func (w way) escapes(from facts.Point, barrier []step, region func(ast.Node) bool) bool {
	stopped := holdsBack(barrier, facts.Point{})
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{from}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for ; p.Index < len(p.Block.Nodes) && !stopped(p); p.Index++ {
			if !region(p.Block.Nodes[p.Index]) {
				return true
			}
		}
		if p.Index < len(p.Block.Nodes) {
			continue // the barrier
		}
		if p.Block.Exit.Normal() {
			return true
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return false
}

// holdsBack makes a barrier of points. The target itself is no obstacle to reaching it.
func holdsBack(barrier []step, target facts.Point) func(facts.Point) bool {
	points := map[facts.Point]bool{}
	for _, s := range barrier {
		points[s.point] = s.point != target
	}
	return func(p facts.Point) bool { return points[p] }
}

func anyStep(steps []step, holds func(step) bool) bool {
	for _, s := range steps {
		if holds(s) {
			return true
		}
	}
	return false
}
