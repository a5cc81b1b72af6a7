package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// StopsRunning reports whether a call of Stop finds its timer as it was made or reset,
// whichever way it is reached: a local variable of the function, of which nobody has received
// since, and which nobody has stopped. Since Go 1.23 it then returns true, expired or not.
//
//	t := time.NewTimer(wait)
//	select {
//	case v := <-in:
//		if !t.Stop() {
//			<-t.C // never
//		}
func (f *Facts) StopsRunning(stop *ast.CallExpr) bool {
	sel, ok := ast.Unparen(stop.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	t := f.Variable(sel.X)
	fn := f.around(stop)
	if t == nil || fn == nil || t.Kind() != types.LocalVar || t.Pos() < fn.Pos() || fn.End() <= t.Pos() {
		return false
	}
	spent, made, known := f.timerSteps(fn, t)
	return known && !f.reachesSpent(f.pkg.Flow(fn), spent, made, stop)
}

// timerSteps returns what leaves a timer with nothing to stop (receives and calls of Stop), and
// what makes it run anew; known is false where somebody else may do either.
func (f *Facts) timerSteps(fn ast.Node, t *types.Var) (spent, made []ast.Node, known bool) {
	known = true
	f.pkg.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || f.pkg.ObjectOf(id) != types.Object(t) {
			return true
		}
		step, runs, ok := timerStep(id, stack)
		switch {
		case !ok || slices.ContainsFunc(stack[1:], isLiteral) || runs && !f.newOrReset(step):
			known = false
		case runs:
			made = append(made, step)
		case step != nil:
			spent = append(spent, step)
		}
		return known
	})
	return spent, made, known
}

// newOrReset reports whether a step calls Reset, or assigns a new timer.
func (f *Facts) newOrReset(step ast.Node) bool {
	var value ast.Expr
	switch step := step.(type) {
	case *ast.AssignStmt:
		value = step.Rhs[0]
	case *ast.ValueSpec:
		value = step.Values[0]
	default:
		return true
	}
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok {
		return false
	}
	made, ok := f.pkg.Callee(call).(*types.Func)
	return ok && facts.IsFunc(made, "time.NewTimer")
}

func isLiteral(n ast.Node) bool { _, ok := n.(*ast.FuncLit); return ok }

// timerStep returns what a statement does with the timer that it names: nil where that is
// nothing (its declaration, a Stop at the end of the function).
func timerStep(id *ast.Ident, stack []ast.Node) (step ast.Node, runs, ok bool) {
	up := func(i int) ast.Node {
		if i > len(stack) {
			return nil
		}
		return stack[len(stack)-i]
	}
	switch parent := up(1).(type) {
	case *ast.ValueSpec:
		return parent, len(parent.Values) > 0, true
	case *ast.AssignStmt:
		return parent, true, len(parent.Lhs) == 1 && parent.Lhs[0] == ast.Expr(id)
	case *ast.BinaryExpr:
		return nil, false, true
	case *ast.SelectorExpr:
		switch parent.Sel.Name {
		case "C":
			receive, isReceive := up(2).(*ast.UnaryExpr)
			return receive, false, isReceive && receive.Op == token.ARROW
		case "Reset", "Stop":
			call, isCall := up(2).(*ast.CallExpr)
			if _, deferred := up(3).(*ast.DeferStmt); deferred && isCall {
				return nil, false, parent.Sel.Name == "Stop"
			}
			return call, parent.Sel.Name == "Reset", isCall
		}
	}
	return nil, false, false
}

// reachesSpent reports whether some path leads from what spends a timer to a call of Stop, and
// passes nothing that makes it run again.
func (f *Facts) reachesSpent(flow *facts.Flow, spent, made []ast.Node, stop ast.Node) bool {
	to, ok := flow.At(stop)
	if !ok {
		return true
	}
	again := map[facts.Point]bool{}
	for _, n := range made {
		if at, ok := flow.At(n); ok {
			again[at] = true
		}
	}
	return slices.ContainsFunc(spent, func(n ast.Node) bool {
		from, ok := flow.At(n)
		if !ok {
			return true
		}
		from.Index++ // behind it
		return flow.Reaches(from, to, func(p facts.Point) bool { return again[p] })
	})
}
