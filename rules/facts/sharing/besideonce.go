package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A BesideOnce is a use of a function that a Once is meant to run, past the Once.
type BesideOnce struct {
	Use   ast.Expr // the name of the function, where it is called or kept
	Write ast.Node // what it does that must not be done twice, or at the same time
}

// BesideOnces returns the uses, by the package itself, of the function that a Do runs, which do
// not go through a Once: who comes so runs it beside the Once, or again.
//
//	func (f *future) Get() int { f.once.Do(f.run); return f.v }
//	todo = append(todo, f.run)
func (f *Facts) BesideOnces(do *ast.CallExpr) (found []BesideOnce) {
	fn := f.onceRuns(do)
	if fn == nil || len(f.pkg.Acquisitions(fn.node)) > 0 {
		return nil
	}
	write := f.onceWrite(fn)
	if write == nil {
		return nil
	}
	for _, user := range f.order {
		if user.obj == nil || user == fn || user.test || user.confinedBy() || f.renewsOnce(user) {
			continue
		}
		f.pkg.PreorderStack(user.body(), nil, func(n ast.Node, stack []ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && originOf(f.pkg.Use(name)) == fn.obj && f.passesOnce(user, name, stack) {
				found = append(found, BesideOnce{nameIn(name, stack), write})
			}
			return true
		})
	}
	return found
}

// onceRuns returns the declared function that a Do runs, if the Once and what it runs are of one
// object, or of the package.
func (f *Facts) onceRuns(do *ast.CallExpr) *function {
	sel, ok := ast.Unparen(do.Fun).(*ast.SelectorExpr)
	if !ok || len(do.Args) != 1 {
		return nil
	}
	fn := f.funcOf(do.Args[0])
	if fn == nil || fn.obj == nil || fn.test {
		return nil
	}
	if fn.obj.Signature().Recv() == nil {
		once, ok := f.placeOf(sel.X)
		if !ok || once.root.Kind() != types.PackageVar {
			return nil
		}
		return fn
	}
	method, ok := ast.Unparen(do.Args[0]).(*ast.SelectorExpr)
	once, isField := ast.Unparen(sel.X).(*ast.SelectorExpr)
	if !ok || !isField || types.ExprString(once.X) != types.ExprString(method.X) {
		return nil
	}
	return fn
}

// onceWrite returns a plain write of a field or package variable that a function makes, or the
// close of a channel.
func (f *Facts) onceWrite(fn *function) (write ast.Node) {
	recv := fn.obj.Signature().Recv()
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		var left ast.Expr
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.AssignStmt:
			left = n.Lhs[0]
		case *ast.IncDecStmt:
			left = n.X
		case *ast.CallExpr:
			if builtin, ok := f.pkg.Callee(n).(*types.Builtin); ok && builtin.Name() == "close" {
				left = n.Args[0]
			}
		}
		if left == nil || write != nil {
			return write == nil
		}
		at, ok := f.placeOf(left)
		if ok && (at.root == recv && at.path != "" || at.root.Kind() == types.PackageVar) {
			write = n
		}
		return write == nil
	})
	return write
}

// passesOnce reports whether a use of a function comes past the Once: it is not given to one, no
// lock is held, and the object is not one that nobody else has yet.
func (f *Facts) passesOnce(user *function, name *ast.Ident, stack []ast.Node) bool {
	if slices.ContainsFunc(stack, f.callsSync) {
		return false
	}
	in := f.around(name)
	if in.once || user.once || f.prepares(user) || user.initialises() || f.excusedIn(in, f.line(name.Pos()), true) {
		return false
	}
	if state := f.pkg.LocksAt(in.node, name); len(state.Held) > 0 || state.Doubt || len(f.stateAt(in, name).locks) > 0 {
		return false
	}
	sel, ok := nameIn(name, stack).(*ast.SelectorExpr)
	if !ok {
		return true
	}
	called, isCall := stack[len(stack)-2].(*ast.CallExpr)
	return !isCall || ast.Unparen(called.Fun) != ast.Expr(sel) || !f.ownObject(user, sel.X)
}

// callsSync reports whether a node calls a function of package sync: Do, OnceFunc.
func (f *Facts) callsSync(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && callee.Pkg() != nil && callee.Pkg().Path() == "sync"
}

// ownObject reports whether an expression is a local variable of a function.
func (f *Facts) ownObject(user *function, e ast.Expr) bool {
	at, ok := f.placeOf(e)
	return ok && at.root.Kind() == types.LocalVar && at.root.Pos() > user.body().Pos()
}

// nameIn returns the selector that ends in a name, or the name.
func nameIn(name *ast.Ident, stack []ast.Node) ast.Expr {
	if len(stack) > 0 {
		if sel, ok := stack[len(stack)-1].(*ast.SelectorExpr); ok && sel.Sel == name {
			return sel
		}
	}
	return name
}

// renewsOnce reports whether a function puts a new Once in the place of another.
func (f *Facts) renewsOnce(fn *function) (found bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && set.Tok == token.ASSIGN {
			for _, left := range set.Lhs {
				t := f.pkg.TypeOf(left)
				found = found || t != nil && (t.String() == "sync.Once" || t.String() == "*sync.Once")
			}
		}
		return !found
	})
	return found
}
