package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// assertsState reports whether the function of a node has its state asserted before it, by a
// method that asks a field and does not come back otherwise; or all its callers have.
//
//	func (c *conn) write(m msg) { c.mustBeOpen(); c.queue <- m }
func (f *Facts) assertsState(fn, before ast.Node, depth int) bool {
	for _, call := range f.callsIn(fn) {
		if call.End() <= before.Pos() && f.isAssertion(call) {
			return true
		}
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || depth > 1 || decl.Name.IsExported() || !f.onlyCalled(decl) {
		return false
	}
	calls := f.callsOf(decl)
	for _, call := range calls {
		if !f.assertsState(f.around(call), call, depth+1) {
			return false
		}
	}
	return len(calls) > 0
}

// isAssertion reports whether a call is of a function without results that looks at a field,
// and may end the caller.
func (f *Facts) isAssertion(call *ast.CallExpr) bool {
	decl := f.pkg.Body(call)
	if decl == nil || decl.Type.Results != nil || decl.Recv == nil {
		return false
	}
	asks, ends := false, asserting.MatchString(decl.Name.Name)
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			asks = asks || f.asksOwnField(n.Cond)
		case *ast.CallExpr:
			ends = ends || f.pkg.NoReturn(n) || f.isBuiltin(n, "panic")
		}
		return true
	})
	return asks && ends
}

var asserting = lazyregexp.New(`^(?i)(assert|must|require|ensure|verify)`)

// poisoned reports whether an edge is taken because of what one of some receives has got,
// nil or another constant: who sends that decides when the receiver leaves.
//
//	for task != nil { task(); task = <-tasks }
func (f *Facts) poisoned(fn ast.Node, e facts.Edge, receives map[ast.Node]bool) bool {
	v := f.Variable(f.comparedWithConstant(e.Cond))
	if v == nil || v.IsField() || v.Kind() == types.PackageVar {
		return false
	}
	got := false
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		got = got || ok && len(st.Rhs) == 1 && receives[ast.Unparen(st.Rhs[0])] && f.Variable(st.Lhs[0]) == v
		return !got
	})
	return got
}

// chosenByReceived reports whether a receive stands in a case of a switch on what its function
// has received: who has sent that knows that somebody is there.
//
//	switch <-s.command { case Hold: <-s.release }
func (f *Facts) chosenByReceived(r *ClassOp) bool {
	for i, around := range r.Stack {
		choice, ok := around.(*ast.SwitchStmt)
		if !ok || choice.Tag == nil || i < slices.Index(r.Stack, r.Fn) {
			continue
		}
		tag := ast.Unparen(choice.Tag)
		if v := f.Variable(tag); v != nil && !v.IsField() && v.Kind() == types.LocalVar && f.sets(v) == 1 {
			for _, m := range f.mentions(v) {
				if value, sets := f.setBy(m); sets {
					tag = ast.Unparen(value)
				}
			}
		}
		if receive, ok := tag.(*ast.UnaryExpr); ok && isArrow(receive) {
			return true
		}
	}
	return false
}

// comparedWithConstant returns what a condition compares with nil or a constant; a boolean
// stands for itself.
func (f *Facts) comparedWithConstant(cond ast.Expr) ast.Expr {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.Ident:
		return cond
	case *ast.UnaryExpr:
		if cond.Op == token.NOT {
			return f.comparedWithConstant(cond.X)
		}
	case *ast.BinaryExpr:
		tv := f.pkg.Info.Types[cond.Y]
		if (cond.Op == token.EQL || cond.Op == token.NEQ) && (tv.IsNil() || tv.Value != nil) {
			return cond.X
		}
	}
	return nil
}
