package memory

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// plainStore returns the assignment of a use that sets the variable, and nothing
// else, to a value that does not rest on it.
func (a *atomicVar) plainStore(w *use) *ast.AssignStmt {
	st := w.assigned()
	if st == nil || st.Tok != token.ASSIGN || len(st.Lhs) != 1 || len(st.Rhs) != 1 || a.useIn(st.Rhs[0]) != nil {
		return nil
	}
	if tv := a.pkg.Info.Types[st.Rhs[0]]; tv.Value == nil && !tv.IsNil() && !a.pkg.Stable(st.Rhs[0]) {
		return nil // it would be computed whatever the test says
	}
	return st
}

// swapInside makes a test and the store that comes first where it holds one
// CompareAndSwap:
//
//	if !s.on {                if s.on.CompareAndSwap(false, true) {
//		s.on = true   →
//		start()                   start()
func (a *atomicVar) swapInside(w *use) bool {
	st := a.plainStore(w)
	if st == nil {
		return false
	}
	test, ok := w.up(2).(*ast.IfStmt)
	if !ok || test.Init != nil || test.Body != w.up(1) || test.Body.List[0] != ast.Stmt(st) {
		return false
	}
	r, old, equal := a.tested(test.Cond, w)
	if r == nil || !equal {
		return false
	}
	if test.Else == nil && len(test.Body.List) == 1 {
		a.swapAlone(r, w, st, test, old)
		return true
	}
	a.swap(r, w, st, test.Cond, old, false)
	return true
}

// swapBehind makes a test that leaves and the store behind it one CompareAndSwap:
//
//	if s.on {                 if !s.on.CompareAndSwap(false, true) {
//		return        →           return
//	}                         }
//	s.on = true
func (a *atomicVar) swapBehind(w *use) bool {
	st := a.plainStore(w)
	if st == nil {
		return false
	}
	test, ok := a.before(st).(*ast.IfStmt)
	if !ok || test.Init != nil || test.Else != nil || !around.LeavesAlways(test.Body) {
		return false
	}
	r, old, equal := a.tested(test.Cond, w)
	if r == nil || equal {
		return false
	}
	a.swap(r, w, st, test.Cond, old, true)
	return true
}

// before returns the statement before another one in its list.
func (u *variable) before(st ast.Stmt) ast.Stmt {
	list, _ := u.s.At(st).ListAround(st)
	if i := slices.Index(list, st); i > 0 {
		return list[i-1]
	}
	return nil
}

// behind returns the statement behind another one in its list.
func (u *variable) behind(st ast.Stmt) ast.Stmt {
	list, _ := u.s.At(st).ListAround(st)
	if i := slices.Index(list, st); i >= 0 && i+1 < len(list) {
		return list[i+1]
	}
	return nil
}

// tested returns the read of a condition that is nothing but a test of the
// variable, the value that it is tested for, and whether the condition is that
// it has this value. For a bool that is the value which the store does not set.
func (a *atomicVar) tested(cond ast.Expr, w *use) (r *use, old func(*edit.Site) dst.Expr, equal bool) {
	cond = ast.Unparen(cond)
	negated := false
	if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		cond, negated = ast.Unparen(not.X), true
	}
	operand := cond
	compared, isComparison := cond.(*ast.BinaryExpr)
	if isComparison {
		operand = ast.Unparen(compared.X)
	}
	if r = a.useIn(operand); r == nil || r.expr != operand || edit.Spelling(operand) != edit.Spelling(w.expr) {
		return nil, nil, false
	}
	switch {
	case !isComparison:
		stored := a.pkg.Info.Types[w.assigned().Rhs[0]].Value
		if stored == nil {
			return nil, nil, false
		}
		set := stored.ExactString()
		if set == "true" {
			return r, func(*edit.Site) dst.Expr { return edit.Ident("false") }, negated
		}
		return r, func(*edit.Site) dst.Expr { return edit.Ident("true") }, !negated
	case negated || compared.Op != token.EQL && compared.Op != token.NEQ || !a.pkg.Pure(compared.Y) || a.useIn(compared.Y) != nil:
		return nil, nil, false
	}
	return r, func(at *edit.Site) dst.Expr { return a.value(at, compared.Y) }, compared.Op == token.EQL
}

// swap plans a CompareAndSwap in the place of a condition, and deletes the store.
func (a *atomicVar) swap(r, w *use, st *ast.AssignStmt, cond ast.Expr, old func(*edit.Site) dst.Expr, negate bool) {
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		var swap dst.Expr = a.method(at, w, "CompareAndSwap", old(at), a.value(at, st.Rhs[0]))
		if negate {
			swap = &dst.UnaryExpr{Op: token.NOT, X: swap}
		}
		at.ReplaceExpr(at.Expr(cond), swap)
		at.Delete(at.Stmt(st))
	})
}

// swapAlone plans a CompareAndSwap in the place of an if that does nothing else.
func (a *atomicVar) swapAlone(r, w *use, st *ast.AssignStmt, test *ast.IfStmt, old func(*edit.Site) dst.Expr) {
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		at.ReplaceStmt(at.Stmt(test), edit.ExprStmt(a.method(at, w, "CompareAndSwap", old(at), a.value(at, st.Rhs[0]))))
	})
}
