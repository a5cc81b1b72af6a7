package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// onSuccess reports whether a deferred literal comes to a node only where the function
// around it has ended without an error: then that has waited for whom it waits for at all.
//
//	defer func() {
//		if err == nil {
//			w.notify(w.sum)
//		}
//	}()
func (f *Facts) onSuccess(lit, around *function, at ast.Node) bool {
	found := false
	f.pkg.Inspect(lit.body(), func(n ast.Node) bool {
		check, ok := n.(*ast.IfStmt)
		if ok && (within(check.Body, at) || within(check.Cond, at)) {
			found = found || f.needsNil(check.Cond, around)
		}
		return !found
	})
	return found
}

// needsNil reports whether a condition holds only if a named result is nil.
func (f *Facts) needsNil(cond ast.Expr, fn *function) bool {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return false
	}
	if test.Op == token.LAND {
		return f.needsNil(test.X, fn) || f.needsNil(test.Y, fn)
	}
	id, ok := ast.Unparen(test.X).(*ast.Ident)
	if !ok || test.Op != token.EQL || !f.pkg.IsNil(test.Y) {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	return ok && v.Kind() == types.ResultVar && v.Pos() >= fn.node.Pos() && v.Pos() < fn.node.End()
}
