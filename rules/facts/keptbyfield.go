package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// keptByField reports whether a field tells that the lock is held: it is taken where that is nil, and
// set with it, and another function lets go of the lock without having taken it.
//
//	if w.tx == nil {
//		w.mu.Lock()
//		w.tx = begin()
//	}
//	if err := w.tx.Write(b); err != nil {
//		return err // Close lets go of w.mu where w.tx is not nil
//	}
func (j judge) keptByField() bool {
	handed := j.pkg.lockFacts.handed[j.at.class.of]
	if !slices.ContainsFunc(handed, func(root ast.Node) bool { return root != j.root }) {
		return false
	}
	take, kept := j.takes[j.take], false
	j.pkg.Inspect(j.root, func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if ok && encloses(test.Body, take.Pos()) && test.End() <= j.way.Pos() {
			field := j.unsetField(test.Cond)
			kept = kept || field != "" && j.sets(test.Body, field, take.Pos(), test.End()) && !j.sets(j.root, field, test.End(), j.way.Pos())
		}
		return !kept
	})
	return kept
}

// unsetField returns the text of the field that is nil if a condition holds.
func (j judge) unsetField(cond ast.Expr) string {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || test.Op != token.EQL || !j.pkg.IsNil(test.Y) {
		return ""
	}
	if sel, ok := ast.Unparen(test.X).(*ast.SelectorExpr); ok {
		return types.ExprString(sel)
	}
	return ""
}

// sets reports whether a field is set in a node, between two positions.
func (j judge) sets(in ast.Node, field string, from, to token.Pos) (sets bool) {
	j.pkg.Inspect(in, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if ok && from < assign.Pos() && assign.Pos() < to {
			sets = sets || slices.ContainsFunc(assign.Lhs, func(e ast.Expr) bool { return types.ExprString(e) == field })
		}
		return !sets
	})
	return sets
}
