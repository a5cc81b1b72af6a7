package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// A DoubleCheck is a variable that a function tests without a lock, and again
// under one before it writes it there: within the first test, or behind one that leaves.
type DoubleCheck struct {
	First  *Access // the test without the lock
	Second *Access // the test under it
	Write  *Access
	Lock   types.Object
}

// DoubleCheckAt returns the double check that begins with the test that an
// expression is part of.
func (f *Facts) DoubleCheckAt(e ast.Expr) (d DoubleCheck, ok bool) {
	a := f.at[e]
	if a == nil || a.Write || a.Atomic || a.Address || a.fn.initialises() || a.Var.IsField() && f.ownerOf(a) != Shared {
		return d, false
	}
	if state := f.pkg.LocksAt(a.Func, a.Expr); len(state.Held) > 0 || state.Doubt || f.local(a) {
		return d, false
	}
	if len(f.stateAt(a.fn, a.Expr).locks) > 0 {
		return d, false // its callers hold a lock, which may be the one that counts
	}
	outer := f.testOf(a)
	if outer == nil {
		return d, false
	}
	scope := scopeOf(a.fn, outer)
	for _, b := range f.accesses[a.Var] {
		if b.Func != a.Func || b.Expr.Pos() < scope.Pos() || b.Expr.End() > scope.End() || types.ExprString(b.Expr) != types.ExprString(a.Expr) {
			continue
		}
		for class, write := range f.stateAt(b.fn, b.Expr).locks {
			d.note(f, b, class, write)
		}
	}
	d.First = a
	if d.Second == nil || d.Write == nil {
		return d, false
	}
	return d, scope == ast.Node(outer.Body) || f.asksTheSame(outer, d.Second)
}

// asksTheSame reports whether a second access is part of the same test as the first: behind one
// that leaves, what else asks for the variable has a reason of its own.
func (f *Facts) asksTheSame(first *ast.IfStmt, second *Access) bool {
	test := f.testOf(second)
	if test == nil {
		return false
	}
	return askedOf(first.Cond) == askedOf(test.Cond)
}

// askedOf is what a condition asks, whichever answer it wants: the same for x == nil and x != nil,
// and for ok and !ok.
func askedOf(cond ast.Expr) string {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		return askedOf(cond.X)
	case *ast.BinaryExpr:
		return types.ExprString(cond.X) + " " + types.ExprString(cond.Y)
	default:
		return types.ExprString(cond)
	}
}

// scopeOf returns what runs where a first test says that there is something to do: its body, or all
// that is behind it, if it stands in the body of the function and leaves that.
//
//	if s.loaded {
//		return
//	}
//	s.mu.Lock()
func scopeOf(fn *function, test *ast.IfStmt) ast.Node {
	if test.Else != nil || !endsInReturn(test.Body) {
		return test.Body
	}
	list := fn.body().List
	i := slices.Index(list, ast.Stmt(test))
	if i < 0 || i+1 == len(list) {
		return test.Body
	}
	return &ast.BlockStmt{Lbrace: list[i+1].Pos(), List: list[i+1:], Rbrace: fn.body().Rbrace}
}

// local reports whether only this call of the function knows the variable.
func (f *Facts) local(a *Access) bool {
	return !a.Var.IsField() && a.Var.Parent() != a.Var.Pkg().Scope()
}

// note notes an access under a lock that is held to write.
func (d *DoubleCheck) note(f *Facts, b *Access, class types.Object, write bool) {
	switch {
	case !write || d.Lock != nil && d.Lock != class:
	case b.Write && d.Write == nil:
		d.Write, d.Lock = b, class
	case !b.Write && d.Second == nil && f.testOf(b) != nil:
		d.Second, d.Lock = b, class
	}
}

// testOf returns the if statement whose condition an access is part of.
func (f *Facts) testOf(a *Access) (found *ast.IfStmt) {
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		if !within(n, a.Expr) {
			return false
		}
		st, ok := n.(*ast.IfStmt)
		if ok && st.Cond.Pos() <= a.Expr.Pos() && a.Expr.End() <= st.Cond.End() {
			found = st
		}
		return found == nil
	})
	return found
}
