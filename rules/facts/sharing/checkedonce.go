package sharing

import (
	"go/ast"
	"go/types"
)

// A CheckedOnce is a variable that a function tests, without a lock, before it comes to the Once
// that sets it.
type CheckedOnce struct {
	Write *Access
	Do    *ast.CallExpr
}

// CheckedOnceAt returns the Once behind the test that an expression is part of: who finds the
// variable set has not waited for the Once, and sees what it has written in any order.
func (f *Facts) CheckedOnceAt(e ast.Expr) *CheckedOnce {
	a := f.at[e]
	if a == nil || a.Write || a.Atomic || a.Address || a.Content || a.Element || a.fn.test || a.fn.once || f.local(a) || f.excused(a) || a.fn.initialises() {
		return nil
	}
	if state := f.pkg.LocksAt(a.Func, a.Expr); len(state.Held) > 0 || state.Doubt || len(f.stateAt(a.fn, a.Expr).locks) > 0 {
		return nil
	}
	test := f.testOf(a)
	if test == nil || a.Var.IsField() && f.ownerOf(a) != Shared {
		return nil
	}
	for _, do := range f.doesOnce(a.fn) {
		if !within(test.Body, do.call) && (do.call.Pos() < test.End() || !leaves(test.Body)) {
			continue
		}
		for _, b := range f.accesses[a.Var] {
			if b.Write && !b.Content && b.fn == do.runs && f.sameObject(a, b) && !f.behindClose(a, b) {
				return &CheckedOnce{b, do.call}
			}
		}
	}
	return nil
}

// A onceCall is a call of Once.Do, and the function of the package that it runs.
type onceCall struct {
	call *ast.CallExpr
	runs *function
}

// doesOnce returns the calls of Once.Do of a function.
func (f *Facts) doesOnce(fn *function) (all []onceCall) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			_, lit := n.(*ast.FuncLit)
			return !lit
		}
		callee, ok := f.pkg.Callee(call).(*types.Func)
		if ok && callee.FullName() == "(*sync.Once).Do" && len(call.Args) == 1 {
			if runs := f.funcOf(call.Args[0]); runs != nil {
				all = append(all, onceCall{call, runs})
			}
		}
		return true
	})
	return all
}

// funcOf returns the function that a literal is, or that a name or a method value names.
func (f *Facts) funcOf(e ast.Expr) *function {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return f.funcs[e]
	case *ast.Ident:
		if fn, ok := f.pkg.Use(e).(*types.Func); ok {
			return f.decls[fn.Origin()]
		}
	case *ast.SelectorExpr:
		if fn, ok := f.pkg.Use(e.Sel).(*types.Func); ok {
			return f.decls[fn.Origin()]
		}
	}
	return nil
}

// sameObject reports whether two accesses are of the same receiver, or of a variable of the
// package, or spelled alike in a function and its literal.
func (f *Facts) sameObject(a, b *Access) bool {
	if !a.Var.IsField() {
		return true
	}
	if b.fn.around != nil {
		return types.ExprString(a.Expr) == types.ExprString(b.Expr)
	}
	return f.ofReceiverItself(a) && f.ofReceiverItself(b)
}

// ofReceiverItself reports whether an access is of a field of the receiver itself.
func (f *Facts) ofReceiverItself(a *Access) bool {
	sel, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	return ok && v.Kind() == types.RecvVar
}
