package waits

import (
	"go/ast"
	"go/token"
	"go/types"
)

// findsSome reports whether a receive waits for nobody: it stands under a test that something is in
// the channel, and nobody else takes that out.
//
//	for len(l.waiters) > 0 {
//		done := <-l.waiters
//		done <- err
//	}
func (f *Facts) findsSome(w *op) bool {
	r := w
	if w.inside != nil {
		r = w.inside
	}
	recv, ok := r.node.(*ast.UnaryExpr)
	if !ok || recv.Op != token.ARROW {
		return false
	}
	for _, other := range r.class.ops {
		if other.kind == Receive && other.node != r.node {
			return false
		}
	}
	for i := len(r.stack) - 1; i >= 0; i-- {
		switch st := r.stack[i].(type) {
		case *ast.ForStmt:
			return st.Cond != nil && contains(st.Body, r.node) && f.testsLength(st.Cond, recv.X)
		case *ast.IfStmt:
			return contains(st.Body, r.node) && f.testsLength(st.Cond, recv.X)
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
	}
	return false
}

// testsLength reports whether a condition holds only if something is in a channel.
func (f *Facts) testsLength(cond, ch ast.Expr) bool {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return false
	}
	if test.Op == token.LAND {
		return f.testsLength(test.X, ch) || f.testsLength(test.Y, ch)
	}
	call, ok := ast.Unparen(test.X).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || types.ExprString(call.Args[0]) != types.ExprString(ch) {
		return false
	}
	callee, ok := f.pkg.Callee(call).(*types.Builtin)
	zero := f.pkg.Info.Types[test.Y].Value
	return ok && callee.Name() == "len" && zero != nil && zero.ExactString() == "0" && (test.Op == token.GTR || test.Op == token.NEQ)
}
