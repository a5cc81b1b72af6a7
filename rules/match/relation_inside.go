package match

import (
	"go/ast"

	"golang.org/x/tools/go/ast/inspector"
)

// inside finds the operand around f, from the inside out: a node, or a run of
// statements that f stands in.
func (q *query) inside(r relation, f found, yield yield) bool {
	for at := f.at; ; at = at.Parent() {
		if at != f.at && !q.at(r, at, f, yield) {
			return false
		}
		if r.operand.runs && !q.runsAround(r, at, f, yield) {
			return false
		}
		if isBoundary(at.Node()) && at != f.at || isTop(at) {
			return true
		}
	}
}

// runsAround finds runs of several statements that the statement at a place is one of.
func (q *query) runsAround(r relation, at inspector.Cursor, f found, yield yield) bool {
	list, i := listOf(at)
	for j := i; list != nil && j >= 0; j-- {
		start := at.Parent().ChildAt(at.ParentEdgeKind(), j)
		around := func(run found) bool {
			if len(run.nodes) < 2 || run.last().End() < f.last().End() {
				return true
			}
			return yield(run)
		}
		if !q.at(r, start, f, around) {
			return false
		}
	}
	return true
}

// isBoundary reports whether n is a function: what stands around it runs at
// another time than what stands in it.
func isBoundary(n ast.Node) bool {
	switch n.(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		return true
	}
	return false
}

// isTop reports whether a place is a top-level declaration.
func isTop(at inspector.Cursor) bool {
	_, ok := at.Parent().Node().(*ast.File)
	return ok
}
