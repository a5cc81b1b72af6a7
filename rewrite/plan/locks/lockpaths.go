package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// releasedAfter returns a release of the lock that some path from a point
// reaches before the lock is taken again; nil if there is none.
func (h *holding) releasedAfter(at facts.Point) ast.Node {
	takes, releases := h.sameLock()
	found, _ := reach(at, isIn(takes), isIn(releases))
	return found
}

// unclearWhere refuses where it is not clear that the lock should be released on
// the ways out: another Lock waits for this one, or some way out keeps the lock
// and is not held to be a mistake.
func (h *holding) unclearWhere() error {
	at, ok := h.pkg.Flow(h.Func).At(h.Call)
	if !ok {
		return errors.New("internal: the lock is never taken")
	}
	takes, releases := h.sameLock()
	delete(takes, h.Call)
	for _, d := range h.Deferred {
		releases[d] = true
	}
	at.Index++
	again, ways := reach(at, func(n ast.Node) bool { return releases[n] || h.handsOver(n) }, isIn(takes))
	if again != nil {
		return fmt.Errorf("line %d takes the lock while it is held: it is not clear where the missing unlock belongs", h.line(again))
	}
	if h.Op == facts.TryAcquire || h.Given != nil {
		return nil // where it failed, nothing is held
	}
	for _, way := range ways {
		if !h.loses(way) {
			return fmt.Errorf("at line %d the function is left with the lock held, on purpose as it seems", h.lineOfWay(way))
		}
	}
	return nil
}

// handsOver reports whether a node is a call of a function of this package that
// uses the lock itself, and so may release it.
func (h *holding) handsOver(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || h.pkg.Body(call) == nil {
		return false
	}
	_, uses := h.pkg.NamesLock(call, h.Lock)
	return uses
}

func isIn(set map[ast.Node]bool) func(ast.Node) bool {
	return func(n ast.Node) bool { return set[n] }
}

// reach follows the paths from a point up to the nodes that stop them. It
// returns the first target that it meets, or else the normal ways out that it
// comes to.
func reach(from facts.Point, stops, target func(ast.Node) bool) (found ast.Node, ways []ast.Node) {
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{from}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		found, through := pass(p, stops, target)
		if found != nil {
			return found, nil
		}
		if !through {
			continue
		}
		if p.Block.Exit.Normal() {
			ways = append(ways, p.Block.Way)
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return nil, ways
}

// pass looks through a block from a point on, up to a target or what stops it.
func pass(p facts.Point, stops, target func(ast.Node) bool) (found ast.Node, through bool) {
	through = true
	for ; p.Index < len(p.Block.Nodes) && through && found == nil; p.Index++ {
		facts.Evaluated(p.Block.Nodes[p.Index], func(n ast.Node) bool {
			switch {
			case !through || found != nil:
			case stops(n):
				through = false
			case target(n):
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
	for _, call := range h.righted {
		releases[call] = true
	}
	for _, acq := range h.pkg.Acquisitions(h.Func) {
		if acq.Lock != h.Lock {
			continue
		}
		takes[acq.Call] = true
		other := holding{Acquisition: acq, s: h.s}
		for release := range other.explicit() {
			releases[release] = true
			if start := h.startedAround(release); start != nil {
				releases[start] = true
			}
		}
	}
	return takes, releases
}

// startedAround returns the go statement of this function that starts what a
// node stands in: there the lock is handed over. nil if there is none.
func (h *holding) startedAround(n ast.Node) ast.Node {
	for _, around := range slices.Backward(h.s.PathTo(n)) {
		if start, ok := around.(*ast.GoStmt); ok && h.own(start) {
			return start
		}
	}
	return nil
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
