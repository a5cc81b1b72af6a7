package facts

import (
	"go/ast"
	"go/types"
)

// A method may return its receiver: s := d.locked() leaves the lock held, and s is d.

type selfKey struct{}

// self is the place of what a call returns, where that is always the receiver.
func (u *unit) self(call *ast.CallExpr) (place, bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !u.pkg.returnsReceiver(u.pkg.callee(call)) {
		return place{}, false
	}
	chosen := u.pkg.Info.Selections[sel]
	if chosen == nil || chosen.Kind() != types.MethodVal {
		return place{}, false
	}
	base, ok := u.place(sel.X)
	if !ok {
		return place{}, false
	}
	index := chosen.Index()
	return base.fieldsAt(chosen.Recv(), index[:len(index)-1])
}

// returnsReceiver reports whether a method of this package with a pointer for a
// receiver returns that, and nothing else.
func (p *Package) returnsReceiver(fn *types.Func) bool {
	if fn == nil || fn.Signature().Recv() == nil || fn.Signature().Results().Len() != 1 {
		return false
	}
	recv := fn.Signature().Recv()
	if _, pointer := recv.Type().(*types.Pointer); !pointer || !types.Identical(recv.Type(), fn.Signature().Results().At(0).Type()) {
		return false
	}
	all := p.Keep(selfKey{}, func() any { return make(map[*types.Func]bool) }).(map[*types.Func]bool)
	is, known := all[fn]
	if decl := p.declOf(fn); !known && decl != nil && decl.Body != nil {
		is = p.onlyReturns(decl, recv)
		all[fn] = is
	}
	return is
}

// onlyReturns reports whether a variable is all that a function returns, and is
// assigned nowhere in it.
func (p *Package) onlyReturns(decl *ast.FuncDecl, v *types.Var) bool {
	found, other := false, false
	names := func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && p.ObjectOf(id) == v
	}
	p.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			other = true // may assign it, or return something else
		case *ast.ReturnStmt:
			found = true
			other = other || len(n.Results) != 1 || !names(n.Results[0])
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				other = other || names(lhs)
			}
		}
		return !other
	})
	return found && !other
}

// followsSelf reports whether a call returns its receiver to where that is followed
// under its other name: a local variable that stays it, a call of a method; or
// where nobody gets it.
func (u *unit) followsSelf(call *ast.CallExpr) (follows bool) {
	if _, ok := u.self(call); !ok {
		return false
	}
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ExprStmt:
			follows = follows || n.X == ast.Expr(call)
		case *ast.SelectorExpr:
			follows = follows || n.X == ast.Expr(call)
		case *ast.AssignStmt:
			follows = follows || len(n.Rhs) == 1 && n.Rhs[0] == ast.Expr(call) && len(n.Lhs) == 1 && u.aliased(n.Lhs[0])
		}
		return !follows
	})
	return follows
}

// aliased reports whether an expression is a local variable that stands for a place.
func (u *unit) aliased(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	if !ok {
		return false
	}
	_, ok = u.alias(v)
	return ok
}
