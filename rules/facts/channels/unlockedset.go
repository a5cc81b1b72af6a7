package channels

import (
	"go/ast"
	"go/types"
)

// unlockedSet returns an assignment that ends what the loop around a Wait waits
// for, by a function that holds no lock there, and signals afterwards: both can
// come after the loop has looked, and before it waits.
func (f *Facts) unlockedSet(c *condClass, w *condCall) (found ast.Node) {
	cond := f.loopCondition(w)
	if cond == nil {
		return nil
	}
	for field, until := range f.awaited(cond, true) {
		for _, signal := range c.signals {
			decl, ok := signal.fn.(*ast.FuncDecl)
			if !ok || f.inTest(decl) || !f.calledLockless(decl) {
				continue
			}
			f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
				st, ok := n.(*ast.AssignStmt)
				if _, literal := n.(*ast.FuncLit); literal || found != nil {
					return false
				}
				if call, isCall := n.(*ast.CallExpr); isCall && call.End() < signal.call.Pos() && f.setsBy(call, field, until) && f.lockless(decl, call) {
					found = call
				}
				if ok && len(st.Lhs) == 1 && len(st.Rhs) == 1 && f.field(st.Lhs[0]) == field && st.End() < signal.call.Pos() && f.isConstant(st.Rhs[0], until) && f.lockless(decl, st) {
					found = st
				}
				return true
			})
		}
	}
	return found
}

// setsBy reports whether a call is of a function that takes no lock and gives a field a constant, or
// the constant that it gets.
//
//	g.set(true) // func (g *gate) set(open bool) { g.open = open }
//	g.cond.Broadcast()
func (f *Facts) setsBy(call *ast.CallExpr, field *types.Var, value bool) bool {
	decl := f.pkg.Body(call)
	if decl == nil || len(decl.Body.List) != 1 {
		return false
	}
	st, ok := decl.Body.List[0].(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 1 || len(st.Rhs) != 1 || f.field(st.Lhs[0]) != types.Object(field) {
		return false
	}
	i := f.parameterIndex(decl, f.Variable(st.Rhs[0]))
	return f.isConstant(st.Rhs[0], value) || i >= 0 && i < len(call.Args) && f.isConstant(call.Args[i], value)
}

// loopCondition returns the condition under which the loop around a Wait waits, spelled out.
func (f *Facts) loopCondition(w *condCall) ast.Expr {
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch around := w.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return nil
		case *ast.ForStmt:
			return f.whileWaiting(around, w)
		}
	}
	return nil
}

// isConstant reports whether an expression is the constant true, or false.
func (f *Facts) isConstant(x ast.Expr, value bool) bool {
	tv := f.pkg.Info.Types[x]
	return tv.Value != nil && (tv.Value.String() == "true") == value
}

// calledLockless reports whether no caller of a function in the package holds a
// lock, and there is one, or may be one elsewhere.
func (f *Facts) calledLockless(decl *ast.FuncDecl) bool {
	calls := f.callsOf(decl)
	if !f.onlyCalled(decl) || len(calls) == 0 && !decl.Name.IsExported() {
		return false
	}
	for _, call := range calls {
		by, ok := f.around(call).(*ast.FuncDecl)
		if !ok || !f.lockless(by, call) || !by.Name.IsExported() && !f.isGoroutine(by) && by.Recv != nil {
			return false // nobody knows what its callers hold
		}
	}
	return true
}

// lockless reports whether a function holds no lock at a node, so far as is
// known, and does not lock anything before it.
func (f *Facts) lockless(decl *ast.FuncDecl, n ast.Node) bool {
	held, ok := f.pkg.Held(decl, n)
	if !ok || len(held) > 0 {
		return false
	}
	locks := false
	f.pkg.Inspect(decl.Body, func(m ast.Node) bool {
		sel, ok := m.(*ast.SelectorExpr)
		locks = locks || ok && m.Pos() < n.Pos() && sel.Sel.Name == "Lock"
		return !locks
	})
	return !locks
}
