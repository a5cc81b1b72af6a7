package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// signalled reports whether the goroutine of a gives a signal after a for which
// that of b waits before b, as far as the text tells.
func (f *Facts) signalled(a, b *Access, x, y strand) bool {
	if x.start == nil && y.start == nil {
		return false
	}
	giver, waiter := a.fn, b.fn
	if x.start != nil {
		giver = x.start
	}
	if y.start == nil {
		return false // meets looks for joins, path by path
	}
	waiter = y.start
	given, _ := f.handedSignals(giver)
	_, awaited := f.handedSignals(waiter)
	late := map[types.Object][]ast.Node{}
	for key, gives := range given {
		if slices.ContainsFunc(gives, func(n ast.Node) bool { return f.signalsBehind(giver, n, a) || f.signalsWith(giver, n, a) }) {
			late[key] = gives
		}
	}
	group := f.groupOf(giver)
	late = f.passedOn(giver, late)
	for key, waits := range awaited {
		if len(late[key]) == 0 && (group == nil || key != group) {
			continue
		}
		if isContext(key) && !slices.ContainsFunc(late[key], func(n ast.Node) bool { return f.deferAround(giver, n) == nil }) {
			waits = slices.DeleteFunc(slices.Clone(waits), handsContext)
		}
		if slices.ContainsFunc(waits, func(n ast.Node) bool {
			return n.Pos() < b.node().Pos() && f.before(waiter, n, b.itself().Expr) && !f.passedBy(waiter, n, b.itself().Expr)
		}) {
			return true
		}
	}
	return false
}

// handsContext reports whether what waits for the end of a context only hands it on: who gets it
// most often comes back before the one that cancels it has ended.
//
//	defer cancel()
//	go func() { log.G(ctx).Info("begun"); n.role = role }()
func handsContext(wait ast.Node) bool {
	call, ok := wait.(*ast.CallExpr)
	return ok && len(call.Args) > 0
}

func isContext(of types.Object) bool {
	return of != nil && of.Type() != nil && facts.TypeIs(of.Type(), "context.Context")
}

// passedBy reports whether a function may come to a node by another case of the select in which it
// waits, and does not wait again then.
//
//	select { case <-done: case <-time.After(wait): }
//	report(total)
func (f *Facts) passedBy(waiter *function, wait, to ast.Node) (by bool) {
	flow := f.pkg.Flow(waiter.node)
	at, ok := flow.At(wait)
	end, ok2 := flow.At(to)
	if !ok || !ok2 {
		return false
	}
	f.pkg.Inspect(waiter.body(), func(n ast.Node) bool {
		clauses, ok := n.(*ast.SelectStmt)
		if !ok || !within(clauses, wait) {
			return !by
		}
		own := slices.ContainsFunc(clauses.Body.List, func(c ast.Stmt) bool { return isComm(c, wait) })
		for _, c := range clauses.Body.List {
			clause := c.(*ast.CommClause)
			for _, first := range append([]ast.Stmt{clause.Comm}, clause.Body...) {
				if from, known := flow.At(first); own && !isComm(c, wait) && first != nil && known {
					by = by || flow.Reaches(from, end, func(p facts.Point) bool { return p == at })
					break
				}
			}
		}
		return !by
	})
	return by
}

// isComm reports whether a node is what a clause of a select waits for.
func isComm(clause ast.Stmt, wait ast.Node) bool {
	comm := clause.(*ast.CommClause).Comm
	return comm != nil && within(comm, wait)
}

// signalsWith reports whether an access is an operand of what gives a signal, once: it is
// read before that.
//
//	defer close(items)
func (f *Facts) signalsWith(giver *function, give ast.Node, a *Access) bool {
	return a.far == nil && !a.Write && within(give, a.Expr) && !f.loops(giver, give)
}

// signalsBehind reports whether a goroutine gives a signal when it has made an access, as far as the
// text tells: further down, or when it ends, where the calls that it defers run from the last to the
// first.
//
//	go func() { defer wg.Done(); names = append(names, name) }()
//	go func() { wg.Wait(); report(names) }()
func (f *Facts) signalsBehind(giver *function, give ast.Node, a *Access) bool {
	gives, access := f.deferAround(giver, give), f.deferAround(giver, a.node())
	if gives != nil && access != nil && gives != access {
		return gives.Pos() < access.Pos()
	}
	return give.Pos() > a.node().Pos() || gives != nil && access == nil && givesWord(give)
}
