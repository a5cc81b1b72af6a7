package sharing

import (
	"go/ast"
	"go/types"
)

// rearms reports whether a method starts the goroutine of a timer that it keeps in a
// field, and stops or resets the one that it finds there: it is called again while
// the function of an earlier timer may be at work, for which Stop does not wait.
//
//	if d.timer != nil {
//		d.timer.Stop()
//	}
//	d.timer = time.AfterFunc(d.after, func() { … })
func (f *Facts) rearms(m *function, r running) bool {
	start, ok := r.goroutine.at.(*ast.CallExpr)
	if m != r.launcher || !ok || calledMethod(start) != "AfterFunc" || r.goroutine.around != m {
		return false
	}
	var timer *types.Var
	f.pkg.Inspect(m.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && len(set.Lhs) == 1 && len(set.Rhs) == 1 && ast.Unparen(set.Rhs[0]) == start {
			timer, _ = f.holder(set.Lhs[0]).(*types.Var)
		}
		return timer == nil
	})
	return timer != nil && timer.IsField() && f.stops(m, timer, start)
}

// stops reports whether a function stops or resets, before a node, the timer that a
// field holds.
func (f *Facts) stops(m *function, timer *types.Var, before ast.Node) bool {
	found := false
	f.pkg.Inspect(m.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && call.Pos() < before.Pos() && (calledMethod(call) == "Stop" || calledMethod(call) == "Reset") {
			sel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			found = found || f.holder(sel.X) == timer
		}
		return !found
	})
	return found
}
