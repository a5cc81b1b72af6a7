package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// deferredJoin reports whether a function waits for a goroutine when it ends.
func (f *Facts) deferredJoin(in *function, joins func(ast.Node) bool) bool {
	found := false
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			found = found || joins(d.Call)
			if lit, ok := ast.Unparen(d.Call.Fun).(*ast.FuncLit); ok {
				f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
					found = found || joins(n)
					return !found
				})
			}
		}
		return !found
	})
	return found
}

// leads reports whether some path goes from behind a point to one that is
// wanted (nil: to a normal exit) and passes no barrier.
func (f *Facts) leads(flow *facts.Flow, from facts.Point, wanted func(facts.Point) bool, barrier func(ast.Node) bool) bool {
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{{Block: from.Block, Index: from.Index + 1}}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		stopped := false
		for ; p.Index < len(p.Block.Nodes) && !stopped; p.Index++ {
			if wanted != nil && wanted(p) {
				return true
			}
			stopped = barrier(p.Block.Nodes[p.Index])
		}
		if stopped {
			continue
		}
		if wanted == nil && p.Block.Exit.Normal() {
			return true
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return false
}

// MayAwait reports whether a node of a function waits for a goroutine that the function
// starts, or for what may come of it.
func (f *Facts) MayAwait(in ast.Node, lit *ast.FuncLit, n ast.Node) bool {
	home, goroutine := f.funcs[in], f.funcs[lit]
	switch n.(type) {
	case *ast.DeferStmt, *ast.GoStmt:
		return false
	}
	return f.waitsIn(n) || home != nil && goroutine != nil && f.joins(home, goroutine)(n)
}

// A meeting is a function and a goroutine that it may wait for.
type meeting struct{ in, goroutine *function }

// joins returns whether a node of a function waits for what a goroutine does at
// its end: for a signal that the goroutine gives, or for the group that runs it.
func (f *Facts) joins(in, goroutine *function) func(ast.Node) bool {
	key := meeting{in, goroutine}
	joins, known := f.meetings[key]
	if !known {
		joins = f.findJoins(in, goroutine)
		if f.meetings == nil {
			f.meetings = map[meeting]func(ast.Node) bool{}
		}
		f.meetings[key] = joins
	}
	return joins
}

func (f *Facts) findJoins(in, goroutine *function) func(ast.Node) bool {
	gives, awaited := f.handedSignals(goroutine)
	gives = f.passedOn(goroutine, gives)
	waits := map[ast.Node]bool{}
	for key, nodes := range f.signalsOf(in).waits {
		if len(gives[key]) > 0 || f.groupOf(goroutine) == key || f.alsoNames(in, key, gives) {
			for _, n := range nodes {
				waits[n] = true
			}
		}
	}
	for key, nodes := range f.signalsOf(in).gives {
		for _, n := range nodes {
			if _, send := n.(*ast.SendStmt); send && len(awaited[key]) > 0 {
				waits[n] = true // a rendezvous, unless the channel has a buffer
			}
		}
	}
	for _, serve := range f.servesUntil(in, goroutine, gives) {
		waits[serve] = true
	}
	for _, asked := range f.awaitsFlag(in, goroutine) {
		waits[asked] = true
	}
	if stop := f.stoppedAtOnce(in, goroutine); stop != nil {
		waits[stop] = true
	}
	f.addStopped(in, goroutine, waits)
	hidden := goroutine.handed || goroutine.abroad || goroutine.elsewhere && !f.silent(goroutine) // it may give signals that have another name here
	if !hidden && len(waits) == 0 {
		return func(ast.Node) bool { return false }
	}
	answers := map[ast.Node]bool{}
	return func(n ast.Node) bool {
		found, known := answers[n]
		if known {
			return found
		}
		found = hidden && (f.waitsIn(n) || goroutine.abroad && f.waitsFar(n))
		f.pkg.Evaluated(n, func(n ast.Node) bool {
			found = found || waits[n]
			if lit, ok := n.(*ast.FuncLit); ok && f.funcs[lit].runs != started {
				found = found || anyWithin(waits, lit)
			}
			if lit := f.closureCalled(in, n); lit != nil {
				found = found || anyWithin(waits, lit)
			}
			return !found
		})
		answers[n] = found
		return found
	}
}

// stoppedAtOnce returns the call that stops the timer of time.AfterFunc in the
// statement behind that: the function runs when somebody resets the timer.
//
//	c.timer = time.AfterFunc(math.MaxInt64, func() { … })
//	c.timer.Stop()
func (f *Facts) stoppedAtOnce(in, goroutine *function) (stop ast.Node) {
	start, ok := goroutine.at.(*ast.CallExpr)
	if !ok || calledMethod(start) != "AfterFunc" {
		return nil
	}
	flow := f.pkg.Flow(in.node)
	from, ok := flow.At(start)
	if !ok || from.Index+1 >= len(from.Block.Nodes) {
		return nil
	}
	set, ok := from.Block.Nodes[from.Index].(*ast.AssignStmt)
	if !ok || len(set.Lhs) != 1 {
		return nil
	}
	f.pkg.Evaluated(from.Block.Nodes[from.Index+1], func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && calledMethod(call) == "Stop" {
			if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.holder(sel.X) == f.holder(set.Lhs[0]) {
				stop = call
			}
		}
		return stop == nil
	})
	return stop
}

// anyWithin reports whether one of a set of nodes stands in a literal.
func anyWithin(set map[ast.Node]bool, lit *ast.FuncLit) bool {
	for n := range set {
		if lit.Pos() <= n.Pos() && n.End() <= lit.End() {
			return true
		}
	}
	return false
}

// groupOf returns what holds the group whose method starts a goroutine: g in
// g.Go(func() { … }).
func (f *Facts) groupOf(goroutine *function) types.Object {
	at := goroutine.at
	if goroutine.runs == bound {
		_, _, at = goroutine.out()
	}
	call, ok := at.(*ast.CallExpr)
	if !ok {
		return nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return f.holder(sel.X)
	}
	return nil
}
