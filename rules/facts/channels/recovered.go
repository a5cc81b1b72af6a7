package channels

import (
	"go/ast"
	"go/types"
)

// afterPanic returns a call of a function value before a node, which may panic,
// where the function recovers and goes on to its end, in a defer that has
// nothing to do with an object: then the node is never reached.
func (f *Facts) afterPanic(fn, at ast.Node, obj types.Object) (risk *ast.CallExpr) {
	if !f.recoversWithout(fn, obj) {
		return nil
	}
	flow := f.pkg.Flow(fn)
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			if risk != nil || !f.callsValue(n) {
				return true
			}
			if n.Pos() >= at.Pos() && n.End() <= at.End() {
				risk = n // an operand
			} else if some, _ := flow.Follows(n, at); some && n.Pos() < at.Pos() {
				risk = n
			}
		}
		return true
	})
	return risk
}

// recoversWithout reports whether a function defers, first of all, a literal
// that recovers for good and does not name an object; no other defer names it.
func (f *Facts) recoversWithout(fn ast.Node, obj types.Object) bool {
	recovers, other := false, false
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		if !ok {
			_, literal := n.(*ast.FuncLit)
			return !literal
		}
		lit, isLit := ast.Unparen(d.Call.Fun).(*ast.FuncLit)
		other = other || f.names(d, obj)
		recovers = recovers || isLit && f.callsRecover(lit)
		return false
	})
	return recovers && !other
}

// callsRecover reports whether a literal calls recover itself, and does not end
// the goroutine or the program then.
func (f *Facts) callsRecover(lit *ast.FuncLit) (calls bool) {
	goesOn := true
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok {
			calls = calls || f.isBuiltin(call, "recover")
			goesOn = goesOn && !f.pkg.NoReturn(call) && !f.endsByName(call) && f.signal(call) == nil
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return calls && goesOn
}

// callsValue reports whether a call is one of a function value.
func (f *Facts) callsValue(call *ast.CallExpr) bool {
	if f.pkg.IsType(call.Fun) {
		return false
	}
	v, ok := f.pkg.Callee(call).(*types.Var)
	if !ok {
		return false
	}
	_, isFunc := v.Type().Underlying().(*types.Signature)
	return isFunc && !f.holdsLiteral(v)
}

// holdsLiteral reports whether a local variable is set to a literal once, whose
// body can be read.
func (f *Facts) holdsLiteral(v *types.Var) bool {
	if v.IsField() || v.Kind() != types.LocalVar {
		return false
	}
	for _, m := range f.mentions(v) {
		if value, sets := f.setBy(m); sets {
			_, ok := ast.Unparen(value).(*ast.FuncLit)
			return ok
		}
	}
	return false
}
