package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// WrittenMeanwhile returns a node in a statement of the function of an access that may write its
// variable: an access, the name of a function of the package that comes to one, or, before the access,
// a call that may come to anything. nil if none does.
func (f *Facts) WrittenMeanwhile(u Unguarded, st ast.Node) (write ast.Node) {
	f.pkg.Inspect(st, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && write == nil && f.mayWrite(u, e) {
			write = n
		}
		return write == nil
	})
	return write
}

func (f *Facts) mayWrite(u Unguarded, e ast.Expr) bool {
	if a := f.at[e]; a != nil && a.Var == u.Var && (a.Write || a.Address) {
		return true
	}
	switch e := e.(type) {
	case *ast.Ident:
		return f.namesWriter(u, originOf(f.pkg.Use(e)))
	case *ast.CallExpr:
		return e.Pos() < u.Expr.Pos() && (f.callsBack(u, e) || f.givesObject(u, e))
	}
	return false
}

// namesWriter reports whether a function, which is called or handed on, comes to a write of the variable
// of an access. A method of an interface may be any of its name.
func (f *Facts) namesWriter(u Unguarded, fn *types.Func) bool {
	if fn == nil || f.decls[fn] != nil {
		return fn != nil && f.comesToWrite(f.decls[fn], u)
	}
	if recv := fn.Signature().Recv(); recv == nil || !types.IsInterface(recv.Type()) {
		return false
	}
	return slices.ContainsFunc(f.order, func(method *function) bool {
		return method.obj != nil && method.obj.Name() == fn.Name() && method.obj.Signature().Recv() != nil && f.comesToWrite(method, u)
	})
}

// callsBack reports whether a call is of a function value, of which it is not known what it does.
//
//	notify() // a parameter or field
func (f *Facts) callsBack(u Unguarded, call *ast.CallExpr) bool {
	if f.pkg.IsType(call.Fun) {
		return false
	}
	switch callee := f.pkg.Callee(call).(type) {
	case *types.Func, *types.Builtin:
		return false
	case *types.Var:
		if callee.Type().String() == "context.CancelFunc" {
			return false
		}
		if lit, ok := f.onlyValue(u.fn.outermost(), callee).(*ast.FuncLit); ok {
			return f.WrittenMeanwhile(u, lit.Body) != nil
		}
		return true
	}
	_, literal := ast.Unparen(call.Fun).(*ast.FuncLit)
	return !literal
}

// givesObject reports whether a call of another package gets the object that a field is read of: it may
// call its methods.
//
//	io.Copy(s, r) // s.Write
func (f *Facts) givesObject(u Unguarded, call *ast.CallExpr) bool {
	field, ok := ast.Unparen(u.Expr).(*ast.SelectorExpr)
	if callee := originOf(f.pkg.Callee(call)); !ok || callee == nil || f.decls[callee] != nil {
		return false
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return sameText(arg, field.X) })
}

// comesToWrite reports whether a function, or one that it calls, writes the variable of an access.
func (f *Facts) comesToWrite(fn *function, u Unguarded) bool {
	called := map[*function]bool{}
	f.reachAll(fn.outermost(), called)
	return slices.ContainsFunc(f.accesses[u.Var], func(a *Access) bool {
		return (a.Write || a.Address) && called[a.fn.outermost()]
	})
}

func (f *Facts) reachAll(fn *function, all map[*function]bool) {
	if all[fn] {
		return
	}
	all[fn] = true
	for _, c := range f.callsOf(fn) {
		f.reachAll(c.callee, all)
	}
}

// WaitsBetween returns a wait that stands between two accesses of a function to one variable: behind it
// the second one looks for what others have done meanwhile. nil if there is none.
func (f *Facts) WaitsBetween(first, second Unguarded) (wait ast.Node) {
	if first.Var != second.Var {
		return nil
	}
	sleeps := f.sleepsIn(first.fn)
	f.pkg.Inspect(first.fn.body(), func(n ast.Node) bool {
		if n != nil && wait == nil && first.Expr.End() <= n.Pos() && n.End() <= second.Expr.Pos() && (f.waitsFor(n) || slices.Contains(sleeps, n)) {
			wait = n
		}
		return wait == nil
	})
	return wait
}
