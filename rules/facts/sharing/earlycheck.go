package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// An EarlyCheck is a field, or a variable of the package, that an exported function tests without
// a lock, and sets under one with no second test: two that find it unset set it one after the other.
//
//	if p.conn == nil {
//		p.mu.Lock()
//		p.conn = dial()
//		p.mu.Unlock()
//	}
type EarlyCheck struct {
	Test, Write *Access
}

// EarlyCheckAt returns the early check that begins with the test that an expression is part of.
func (f *Facts) EarlyCheckAt(e ast.Expr) *EarlyCheck {
	a := f.at[e]
	if a == nil || a.Write || a.Address || a.Atomic || !f.testsFreely(a) {
		return nil
	}
	test := f.testOf(a)
	if test == nil {
		return nil
	}
	scope := scopeOf(a.fn, test)
	if !f.unsetIn(scope, test, a) {
		return nil
	}
	if write := f.setNext(a, scope); write != nil {
		return &EarlyCheck{a, write}
	}
	return nil
}

// setNext returns the write, with a lock held, that comes next of what was read, if nothing looks
// again before.
func (f *Facts) setNext(a *Access, scope ast.Node) *Access {
	for _, b := range f.accesses[a.Var] {
		if b.fn != a.fn || b == a || !within(scope, b.Expr) || types.ExprString(a.Expr) != types.ExprString(b.Expr) {
			continue
		}
		if b.Write && !b.Content && !b.Element && f.heldToWrite(b) && !f.asksAgain(b, scope) {
			return b
		}
		return nil
	}
	return nil
}

// asksAgain reports whether a function that is called under the lock, before a write, looks at what
// that sets.
func (f *Facts) asksAgain(write *Access, scope ast.Node) (does bool) {
	f.pkg.Inspect(scope, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || does || call.Pos() > write.Expr.Pos() || len(f.stateAt(write.fn, call).locks) == 0 {
			return !does
		}
		callee := f.decls[originOf(f.pkg.Callee(call))]
		does = callee != nil && slices.ContainsFunc(f.accesses[write.Var], func(a *Access) bool { return !a.Write && a.fn.outermost() == callee })
		return !does
	})
	return does
}

// unsetIn reports whether a variable is not set where the scope of its test is come to.
func (f *Facts) unsetIn(scope ast.Node, test *ast.IfStmt, a *Access) bool {
	if scope == ast.Node(test.Body) {
		return f.asksUnset(test.Cond, a) || asksNot(test.Cond, a)
	}
	is, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
	if !ok {
		return ast.Unparen(test.Cond) == ast.Unparen(a.Expr)
	}
	return is.Op == token.NEQ && ast.Unparen(is.X) == ast.Unparen(a.Expr) && f.pkg.IsNil(is.Y)
}

// testsFreely reports whether an exported function reads a field of its receiver, or a variable of
// the package, with no lock held, and neither prepares the object nor says why it may.
func (f *Facts) testsFreely(a *Access) bool {
	fn := a.fn
	if fn.obj == nil || !fn.public || !f.openTo(fn) || fn.test || f.local(a) {
		return false
	}
	if a.Var.IsField() && (!f.ofReceiverItself(a) || f.ownerOf(a) != Shared || !exportedOwner(fn)) {
		return false
	}
	if state := f.pkg.LocksAt(a.Func, a.Expr); len(state.Held) > 0 || state.Doubt || len(f.stateAt(fn, a.Expr).locks) > 0 {
		return false
	}
	return !fn.once && !fn.says() && !fn.confinedBy() && f.quiet(fn, a.Expr) && !f.prepares(fn) && !f.confined(a.Var) && !f.excused(a)
}

// exportedOwner reports whether the type of a method is exported: of others the package itself
// knows who calls them.
func exportedOwner(fn *function) bool {
	named := namedOf(fn.obj.Signature().Recv().Type())
	return named != nil && named.Exported()
}

// heldToWrite reports whether a lock that may guard it is held to write at an access: one that lies
// beside it.
func (f *Facts) heldToWrite(a *Access) bool {
	for class, write := range f.stateAt(a.fn, a.Expr).locks {
		if write && f.guardsAt(class, a) {
			return true
		}
	}
	return false
}

// asksNot reports whether a condition asks whether a flag is not set.
func asksNot(cond ast.Expr, a *Access) bool {
	not, ok := ast.Unparen(cond).(*ast.UnaryExpr)
	return ok && not.Op == token.NOT && ast.Unparen(not.X) == ast.Unparen(a.Expr)
}
