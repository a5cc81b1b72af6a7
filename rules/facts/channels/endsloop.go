package channels

import (
	"go/ast"
	"slices"
)

// endsItsLoop reports whether a loop around a close asks, for another turn, an object that was made
// with the channel: it is closed to end that.
//
//	it := newIterator(files, stop)
//	for it.Next() {
//		close(stop)
//	}
func (f *Facts) endsItsLoop(fn ast.Node, end *ast.CallExpr, ch ast.Expr) bool {
	loops := f.loopsAround(fn, end)
	if len(loops) == 0 {
		return false
	}
	loop, ok := loops[len(loops)-1].(*ast.ForStmt)
	if !ok {
		return false
	}
	call, ok := ast.Unparen(orNil(loop.Cond)).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && f.madeWith(fn, sel.X, ch)
}

// madeWith reports whether a variable of a function is defined by a call that is given a channel.
func (f *Facts) madeWith(fn ast.Node, object, ch ast.Expr) (made bool) {
	of, given := f.Variable(object), f.Variable(ch)
	if of == nil || given == nil {
		return false
	}
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Rhs) != 1 || f.Variable(assign.Lhs[0]) != of {
			return !made
		}
		call, ok := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
		made = made || ok && slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.Variable(arg) == given })
		return !made
	})
	return made
}
