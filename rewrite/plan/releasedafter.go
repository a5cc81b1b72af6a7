package plan

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

// releasedAfter returns a release of the lock that some path from a point
// reaches before the lock is taken again; nil if there is none.
func (h *holding) releasedAfter(at facts.Point) ast.Node {
	stops, releases := h.sameLock()
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{at}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		found, through := pass(p, stops, releases)
		if found != nil {
			return found
		}
		if !through {
			continue
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return nil
}

// pass looks through a block from a point on: for a release, or for what takes
// the lock, behind which a release is right again.
func pass(p facts.Point, stops, releases map[ast.Node]bool) (found ast.Node, through bool) {
	through = true
	for ; p.Index < len(p.Block.Nodes) && through && found == nil; p.Index++ {
		facts.Evaluated(p.Block.Nodes[p.Index], func(n ast.Node) bool {
			switch {
			case !through || found != nil:
			case stops[n]:
				through = false
			case releases[n]:
				found = n
			}
			return through && found == nil
		})
	}
	return found, through
}

// sameLock returns the calls of the function that take the lock, and those that
// release it, deferred ones aside.
func (h *holding) sameLock() (takes, releases map[ast.Node]bool) {
	takes, releases = map[ast.Node]bool{}, map[ast.Node]bool{}
	for _, acq := range h.pkg.Acquisitions(h.Func) {
		if acq.Lock != h.Lock {
			continue
		}
		takes[acq.Call] = true
		other := holding{Acquisition: acq, s: h.s}
		for release := range other.explicit() {
			releases[release] = true
		}
	}
	return takes, releases
}

// turns returns where control goes from the end of a loop's body; nothing if
// the body is a function's.
func (h *holding) turns(body *ast.BlockStmt) []facts.Point {
	var points []facts.Point
	for _, block := range h.pkg.Flow(h.Func).Blocks {
		for _, edge := range block.Succs {
			if edge.Turn == body {
				points = append(points, facts.Point{Block: edge.To})
			}
		}
	}
	return points
}

// inspectFunc visits the nodes of a function's body, those of literals aside.
func inspectFunc(body ast.Node, visit func(ast.Node)) {
	ast.Inspect(body, func(n ast.Node) bool {
		if n != nil {
			visit(n)
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
}
