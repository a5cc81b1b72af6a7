package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// addStopped adds the calls that stop what starts a goroutine later, where the function waits for
// that if it is too late: it never starts, or it has ended.
//
//	t := time.AfterFunc(d, func() { late = true; close(fired) })
//	if !t.Stop() {
//		<-fired
//	}
func (f *Facts) addStopped(in, goroutine *function, waits map[ast.Node]bool) {
	start, ok := goroutine.at.(*ast.CallExpr)
	if !ok || calledMethod(start) != "AfterFunc" || len(waits) == 0 {
		return
	}
	timer := f.resultVar(in, start)
	if timer == nil {
		return
	}
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		st, ok := n.(*ast.IfStmt)
		if !ok {
			return true
		}
		not, ok := ast.Unparen(st.Cond).(*ast.UnaryExpr)
		if !ok || not.Op != token.NOT {
			return true
		}
		if stop, ok := ast.Unparen(not.X).(*ast.CallExpr); ok && f.stopsStart(stop, timer) && f.waitsFirst(st.Body, waits) {
			waits[stop] = true
		}
		return true
	})
}

// resultVar returns what gets the result of a call; nil if that is not one variable or field.
func (f *Facts) resultVar(in *function, call *ast.CallExpr) (v types.Object) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && len(set.Lhs) == 1 && len(set.Rhs) == 1 && ast.Unparen(set.Rhs[0]) == ast.Expr(call) {
			v = f.holder(set.Lhs[0])
		}
		return v == nil
	})
	return v
}

// stopsStart reports whether a call is timer.Stop(), or that of the function that stops.
func (f *Facts) stopsStart(call *ast.CallExpr, timer types.Object) bool {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "Stop" {
		return f.holder(sel.X) == timer
	}
	return f.holder(call.Fun) == timer
}

// waitsFirst reports whether a statement of a block, on no condition, is such a wait.
func (f *Facts) waitsFirst(body *ast.BlockStmt, waits map[ast.Node]bool) (found bool) {
	for _, st := range body.List {
		if e, ok := st.(*ast.ExprStmt); ok {
			found = found || waits[ast.Unparen(e.X)]
		}
	}
	return found
}
