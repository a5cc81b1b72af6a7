package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// timedOut reports whether a goroutine comes to an access only behind the end of a timer
// that a function stops before a point and sets anew behind it alone.
//
//	timer.Stop()
//	round = 2
//	timer.Reset(pause) // go func() { <-timer.C; use(round) }()
func (f *Facts) timedOut(in, goroutine *function, a *Access, flow *facts.Flow, at facts.Point) bool {
	for timer, waits := range f.timersOf(goroutine) {
		resets := f.callsOn(in, timer, "Reset")
		stopped := slices.ContainsFunc(f.callsOn(in, timer, "Stop"), func(stop ast.Node) bool {
			from, ok := flow.At(stop)
			return ok && flow.Reaches(from, at, nil)
		})
		if stopped && f.onlyBehind(resets, timer, flow, at) && f.cameBehind(goroutine, a, waits) {
			return true
		}
	}
	return false
}

// cameBehind reports whether all ways of a goroutine to an access pass one of its waits.
func (f *Facts) cameBehind(goroutine *function, a *Access, waits []ast.Node) bool {
	flow := f.pkg.Flow(goroutine.node)
	to, ok := flow.At(strandIn(goroutine, a).at)
	entry := facts.Point{Block: flow.Blocks[0], Index: -1}
	return ok && !f.leads(flow, entry, func(p facts.Point) bool { return p == to }, func(n ast.Node) bool {
		return slices.ContainsFunc(waits, func(wait ast.Node) bool { return within(n, wait) })
	})
}

// timersOf returns the timers and tickers that a goroutine waits for, by the receives.
func (f *Facts) timersOf(goroutine *function) map[types.Object][]ast.Node {
	if goroutine.timers != nil {
		return goroutine.timers
	}
	goroutine.timers = map[types.Object][]ast.Node{}
	f.pkg.Inspect(goroutine.body(), func(n ast.Node) bool {
		if receive, ok := n.(*ast.UnaryExpr); ok && receive.Op == token.ARROW {
			if timer := f.timerOf(receive.X); timer != nil {
				goroutine.timers[timer] = append(goroutine.timers[timer], receive)
			}
		}
		return true
	})
	return goroutine.timers
}

// timerOf returns the timer or ticker of t.C, nil if e is something else.
func (f *Facts) timerOf(e ast.Expr) types.Object {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "C" {
		return nil
	}
	field, ok := f.pkg.Use(sel.Sel).(*types.Var)
	if !ok || !field.IsField() || field.Pkg() == nil || field.Pkg().Path() != "time" {
		return nil
	}
	return f.holder(sel.X)
}

// callsOn returns the calls of a method on what a variable or field holds.
func (f *Facts) callsOn(in *function, v types.Object, method string) (all []ast.Node) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || calledMethod(call) != method {
			return true
		}
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.holder(sel.X) == v {
			all = append(all, call)
		}
		return true
	})
	return all
}
