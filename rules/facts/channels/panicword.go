package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// insteadOf reports whether a goroutine does one operation where it panics alone, and the other,
// as the last thing of all, where it does not: whoever has heard of the other knows that the
// one never comes.
//
//	defer func() {
//		if r := recover(); r != nil {
//			failed <- r // op
//		}
//	}()
//	results <- f() // other
func (f *Facts) insteadOf(op, other *Op) bool {
	send, ok := other.Node.(*ast.SendStmt)
	return ok && other.Deferred == nil && other.Direct() && InDeferredLiteral(op) && f.onlyAfterPanic(op) && f.After(other.Fn, send) == nil
}

// onlyAfterPanic reports whether an operation of a deferred literal stands under a condition
// that something was recovered.
func (f *Facts) onlyAfterPanic(op *Op) (found bool) {
	recovered := f.recoveredIn(op.Fn)
	f.pkg.Inspect(op.Fn, func(n ast.Node) bool {
		branch, ok := n.(*ast.IfStmt)
		if !ok || found || !contains(branch.Body, op.Node) {
			return !found
		}
		test, ok := ast.Unparen(branch.Cond).(*ast.BinaryExpr)
		if !ok || test.Op != token.NEQ || !f.pkg.IsNil(test.Y) {
			return true
		}
		id, named := ast.Unparen(test.X).(*ast.Ident)
		found = f.isRecover(test.X) || named && recovered[f.pkg.Use(id)]
		return !found
	})
	return found
}

// recoveredIn returns the variables of a literal that are given what recover returns.
func (f *Facts) recoveredIn(lit ast.Node) map[types.Object]bool {
	all := map[types.Object]bool{}
	f.pkg.Inspect(lit, func(n ast.Node) bool {
		if st, ok := n.(*ast.AssignStmt); ok && len(st.Rhs) == 1 && f.isRecover(st.Rhs[0]) {
			if id, ok := st.Lhs[0].(*ast.Ident); ok {
				all[f.pkg.ObjectOf(id)] = true
			}
		}
		return true
	})
	return all
}

func (f *Facts) isRecover(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && f.isBuiltin(call, "recover")
}
