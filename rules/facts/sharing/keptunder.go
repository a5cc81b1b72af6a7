package sharing

import (
	"go/ast"
	"go/types"
)

// KeptUnder returns a call that is made while a lock is held, of a method of an object of another package
// that has been given a function of this one, or something whose method it is, before: it may call it.
//
//	l.log = log.New(l, "", 0) // calls l.Write
//	…
//	l.mu.Lock()
//	l.log.Print("full")
//	l.mu.Unlock()
func (f *Facts) KeptUnder(fn ast.Node, lock types.Object) (call *ast.CallExpr) {
	known := map[ast.Node]bool{}
	f.callsUnder(lock, func(c *ast.CallExpr) bool {
		call = f.onKeeper(c, fn, known)
		return call == nil
	})
	return call
}

// onKeeper returns the call by which a call comes to one of an object that has been given a function.
func (f *Facts) onKeeper(c *ast.CallExpr, fn ast.Node, known map[ast.Node]bool) (found *ast.CallExpr) {
	if v := f.foreignObject(c); v != nil {
		for _, e := range f.gifts()[v] {
			if f.givesFunction(e, fn) {
				return c
			}
		}
		return nil
	}
	decl := f.pkg.Body(c)
	if decl == nil || known[decl] {
		return nil
	}
	known[decl] = true
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			if found == nil && f.onKeeper(n, fn, known) != nil {
				found = c
			}
		}
		return found == nil
	})
	return found
}

// foreignObject returns the variable, or field, that has the object of another package whose method a call
// is of.
func (f *Facts) foreignObject(c *ast.CallExpr) *types.Var {
	callee, ok := f.pkg.Callee(c).(*types.Func)
	sel, method := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || !method || callee.Pkg() == f.pkg.Types || callee.Signature().Recv() == nil {
		return nil
	}
	return f.keeperNamed(sel.X)
}

// keeperNamed returns the variable or field that an expression names.
func (f *Facts) keeperNamed(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := f.pkg.ObjectOf(e).(*types.Var)
		return v
	case *ast.SelectorExpr:
		v, _ := f.pkg.Use(e.Sel).(*types.Var)
		if v != nil && v.IsField() {
			return v.Origin()
		}
		return v
	}
	return nil
}

// gifts returns what the variables and fields of the package are set to, or get by calls of their
// methods, where a function or an object can be a part of that.
func (f *Facts) gifts() map[*types.Var][]ast.Expr {
	if f.kept != nil {
		return f.kept
	}
	f.kept = map[*types.Var][]ast.Expr{}
	add := func(to, e ast.Expr) {
		if v := f.keeperNamed(to); v != nil {
			f.kept[v] = append(f.kept[v], e)
		}
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, lhs := range n.Lhs {
					rhs := n.Rhs[min(i, len(n.Rhs)-1)]
					add(lhs, rhs)
					if sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr); ok {
						add(sel.X, rhs) // pool.New = …
					}
				}
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if len(n.Values) > 0 {
						add(id, n.Values[min(i, len(n.Values)-1)])
					}
				}
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok {
					add(id, n.Value)
				}
			case *ast.ExprStmt:
				if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && len(call.Args) > 0 {
					if v := f.foreignObject(call); v != nil {
						f.kept[v] = append(f.kept[v], call)
					}
				}
			}
			return true
		})
	}
	return f.kept
}

// givesFunction reports whether an expression has a function, or a call of it in a literal, for a part of
// it, or gives another package the object whose method it is.
func (f *Facts) givesFunction(e ast.Expr, fn ast.Node) (gives bool) {
	var method *types.Func
	if decl, ok := fn.(*ast.FuncDecl); ok {
		method, _ = f.pkg.Def(decl.Name).(*types.Func)
	}
	f.pkg.PreorderStack(e, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			gives = gives || ast.Node(n) == fn
		case *ast.Ident:
			gives = gives || method != nil && originOf(f.pkg.Use(n)) == method && !calledInPlace(n, stack)
		case *ast.CallExpr:
			gives = gives || method != nil && method.Signature().Recv() != nil && f.getsObject(n, method)
		}
		return !gives
	})
	return gives
}

// calledInPlace reports whether a name stands where its function is called, and in no literal.
func calledInPlace(id *ast.Ident, stack []ast.Node) bool {
	called := false
	for _, up := range stack {
		switch up := up.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			fun := ast.Unparen(up.Fun)
			if sel, ok := fun.(*ast.SelectorExpr); ok {
				fun = sel.Sel
			}
			called = called || fun == ast.Expr(id)
		}
	}
	return called
}
