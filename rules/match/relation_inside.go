package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/syntax"
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
func (q *query) runsAround(r relation, at syntax.Cursor, f found, yield yield) bool {
	start := at
	for _, i := listOf(at); i >= 0; i-- {
		around := func(run found) bool {
			if len(run.nodes) < 2 || run.last().End() < f.last().End() {
				return true
			}
			return yield(run)
		}
		if !q.at(r, start, f, around) {
			return false
		}
		start, _ = start.PrevSibling()
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
func isTop(at syntax.Cursor) bool {
	_, ok := at.Parent().Node().(*ast.File)
	return ok
}
