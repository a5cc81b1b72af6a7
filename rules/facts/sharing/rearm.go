package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// rearms reports whether a method starts the goroutine of a timer that it keeps in a
// field, and stops or resets the one that it finds there, or asks whether there is one: it is
// called again while the function of an earlier timer may be at work, for which Stop does not
// wait.
//
//	if d.timer != nil {
//		d.timer.Stop()
//	}
//	d.timer = time.AfterFunc(d.after, d.fire)
func (f *Facts) rearms(m *function, r running) bool {
	if m != r.launcher {
		return false
	}
	timer := f.timerFor(m, r.goroutine)
	return timer != nil && (f.stops(m, timer) || f.asksForTimer(m, timer))
}

// timerFor returns the field in which a method keeps the timer that runs a function: a literal
// in it, or one with a name.
func (f *Facts) timerFor(m, goroutine *function) (timer *types.Var) {
	f.pkg.Inspect(m.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != 1 || len(set.Rhs) != 1 {
			return timer == nil
		}
		start, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
		if !ok || calledMethod(start) != "AfterFunc" || len(start.Args) != 2 {
			return timer == nil
		}
		runs := goroutine.around == m && goroutine.at == ast.Node(start)
		if sel, ok := ast.Unparen(start.Args[1]).(*ast.SelectorExpr); ok && goroutine.obj != nil {
			runs = f.pkg.Use(sel.Sel) == types.Object(goroutine.obj)
		}
		if v, ok := f.holder(set.Lhs[0]).(*types.Var); ok && runs && v.IsField() {
			timer = v
		}
		return timer == nil
	})
	return timer
}

// stops reports whether a function stops or resets the timer that a field holds.
func (f *Facts) stops(m *function, timer *types.Var) bool {
	found := false
	f.pkg.Inspect(m.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && (calledMethod(call) == "Stop" || calledMethod(call) == "Reset") {
			sel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			found = found || f.holder(sel.X) == timer
		}
		return !found
	})
	return found
}

// asksForTimer reports whether a function makes the timer only where the field holds none, which
// the function of the timer, or another, sets back.
func (f *Facts) asksForTimer(m *function, timer *types.Var) bool {
	asks, back := false, false
	f.pkg.Inspect(m.body(), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok {
			return true
		}
		cond, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
		asks = asks || ok && cond.Op == token.EQL && f.pkg.IsNil(cond.Y) && f.holder(cond.X) == timer
		return !asks
	})
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			set, ok := n.(*ast.AssignStmt)
			for i := 0; ok && i < len(set.Lhs) && len(set.Lhs) == len(set.Rhs); i++ {
				back = back || f.pkg.IsNil(set.Rhs[i]) && f.holder(set.Lhs[i]) == timer
			}
			return asks && !back
		})
	}
	return asks && back
}
