package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// StopsRunning reports whether a call of Stop finds its timer as it was made or reset,
// whichever way it is reached: a variable of the function, or a field of one, of which nobody
// has received since, and which nobody has stopped. Since Go 1.23 it then returns true, expired
// or not.
//
//	t := time.NewTimer(wait)
//	select {
//	case v := <-in:
//		if !t.Stop() {
//			<-t.C // never
//		}
func (f *Facts) StopsRunning(stop *ast.CallExpr) bool {
	sel, ok := ast.Unparen(stop.Fun).(*ast.SelectorExpr)
	fn := f.around(stop)
	if !ok || fn == nil {
		return false
	}
	if f.madeJustBefore(fn, stop, sel.X) {
		return true
	}
	t, ok := f.timerNamed(sel.X)
	if !ok || t.field == nil && t.of.Kind() != types.LocalVar {
		return false
	}
	if own := fn.Pos() <= t.of.Pos() && t.of.Pos() < fn.End(); !own && (t.field != nil || !f.leftTo(fn, t.of)) {
		return false
	}
	steps := f.timerSteps(fn, t)
	flow := f.pkg.Flow(fn)
	if !steps.known || f.reachesSpent(flow, steps, stop) {
		return false
	}
	return t.field == nil || f.bornHere(fn, t) || f.usedOnlyIn(fn, t.field) && f.runsFromEntry(flow, steps, stop)
}

// A timerName names a timer: a variable, or a field of what one is or points to.
type timerName struct{ of, field *types.Var }

func (f *Facts) timerNamed(x ast.Expr) (timerName, bool) {
	if v := f.Variable(x); v != nil {
		return timerName{of: v}, true
	}
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	if !ok {
		return timerName{}, false
	}
	of := f.Variable(sel.X)
	field, ok := f.pkg.Use(sel.Sel).(*types.Var)
	return timerName{of, field}, ok && of != nil && field.IsField()
}

// leftTo reports whether the function around a literal makes a timer for that, and does nothing with
// it but to stop it in the end.
//
//	t := time.NewTimer(wait)
//	defer t.Stop()
//	g.Go(func() error { … })
func (f *Facts) leftTo(fn ast.Node, timer *types.Var) bool {
	decl := f.declAround(fn.Pos())
	if _, literal := fn.(*ast.FuncLit); !literal || decl == nil {
		return false
	}
	made, alone := false, true
	f.pkg.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return n != fn
		case *ast.DeferStmt:
			return false
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && f.Variable(n.Lhs[0]) == timer {
				call, ok := ast.Unparen(n.Rhs[0]).(*ast.CallExpr)
				alone = alone && !made && ok && f.isNewTimer(call)
				made = true
				return false
			}
		case *ast.Ident:
			alone = alone && f.Variable(n) != timer
		}
		return alone
	})
	return made && alone
}

// bornHere reports whether a function makes the struct that a variable is or points to, with a
// new timer in it: what nobody has been given, nobody else uses.
func (f *Facts) bornHere(fn ast.Node, t timerName) (born bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 && len(a.Rhs) == 1 && f.Variable(a.Lhs[0]) == t.of {
			born = f.holdsNewTimer(a.Rhs[0], t.field)
		}
		return !born
	})
	return born
}

func (f *Facts) holdsNewTimer(value ast.Expr, field *types.Var) bool {
	value = ast.Unparen(value)
	if at, ok := value.(*ast.UnaryExpr); ok {
		value = ast.Unparen(at.X)
	}
	lit, ok := value.(*ast.CompositeLit)
	return ok && slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok || f.field(kv.Key) != types.Object(field) {
			return false
		}
		call, ok := ast.Unparen(kv.Value).(*ast.CallExpr)
		return ok && f.isNewTimer(call)
	})
}

// usedOnlyIn reports whether no other function of the package receives from the timer of a
// field, or stops it, but one that has just made its struct.
func (f *Facts) usedOnlyIn(fn ast.Node, field *types.Var) bool {
	if field.Exported() {
		return false
	}
	only := true
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && (sel.Sel.Name == "C" || sel.Sel.Name == "Stop") && f.field(sel.X) == types.Object(field) && !contains(fn, sel) {
				of, named := f.timerNamed(sel.X)
				only = only && named && f.bornHere(f.around(sel), of)
			}
			return only
		})
	}
	return only
}

// runsFromEntry reports whether every path to a call of Stop makes the timer run.
func (f *Facts) runsFromEntry(flow *facts.Flow, steps timerSteps, stop ast.Node) bool {
	to, ok := flow.At(stop)
	return ok && !flow.Reaches(facts.Point{Block: flow.Blocks[0]}, to, steps.runsAt(flow))
}

// reachesSpent reports whether some path leads from what spends a timer to a call of Stop, and
// passes nothing that makes it run again.
func (f *Facts) reachesSpent(flow *facts.Flow, steps timerSteps, stop ast.Node) bool {
	to, ok := flow.At(stop)
	if !ok {
		return true
	}
	return slices.ContainsFunc(steps.spent, func(n ast.Node) bool {
		from, ok := flow.At(n)
		if !ok {
			return true
		}
		from.Index++ // behind it
		return flow.Reaches(from, to, steps.runsAt(flow))
	})
}

// runsAt tells the points at which a timer is made to run.
func (s timerSteps) runsAt(flow *facts.Flow) func(facts.Point) bool {
	again := map[facts.Point]bool{}
	for _, n := range s.made {
		if at, ok := flow.At(n); ok {
			again[at] = true
		}
	}
	return func(p facts.Point) bool { return again[p] }
}
