package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// passedOn adds to the signals that a goroutine gives those that others give when they have heard
// of it, which the same function starts: who waits for theirs has waited for it.
//
//	go func() { defer wg.Done(); n = 1 }()
//	go func() { wg.Wait(); close(done) }()
//	<-done
func (f *Facts) passedOn(goroutine *function, gives map[types.Object][]ast.Node) map[types.Object][]ast.Node {
	home := f.funcs[goroutine.node]
	if home == nil || home.around == nil {
		home = goroutine
	}
	group, several := f.groupOf(home), f.startedAgain(home)
	more := map[types.Object][]ast.Node{}
	for _, other := range f.partsOfFunction(home.outermost()) {
		if _, runs, _ := other.out(); other.node == goroutine.node || runs != started {
			continue
		}
		theirs, waits := f.handedSignals(other)
		for key, nodes := range waits {
			if len(gives[key]) == 0 && (group == nil || group != key) {
				continue
			}
			for _, wait := range nodes {
				if f.hears(wait, key) && (!several || isCall(wait)) { // else it hears of one of them
					f.addBehind(more, theirs, other, wait)
				}
			}
		}
	}
	if len(more) == 0 {
		return gives
	}
	maps.Copy(more, gives)
	return more
}

// addBehind adds the signals that a goroutine gives behind a wait, and not before.
func (f *Facts) addBehind(more, gives map[types.Object][]ast.Node, fn *function, wait ast.Node) {
	for signal, nodes := range gives {
		if !slices.ContainsFunc(nodes, func(give ast.Node) bool { return !givesWord(give) || !f.givenBehind(fn, wait, give) }) {
			more[signal] = append(more[signal], nodes...)
		}
	}
}

// startedAgain reports whether a function comes to the start of a goroutine more than once.
func (f *Facts) startedAgain(goroutine *function) bool {
	around, _, at := goroutine.out()
	return around != nil && at != nil && f.comesAgain(around, at)
}

// hears reports whether a node is a wait for somebody, and no look at him.
func (f *Facts) hears(n ast.Node, signal types.Object) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		return calledMethod(n) == "Wait" || f.drains(n, signal)
	case *ast.UnaryExpr:
		return n.Op == token.ARROW
	case ast.Expr:
		return true // what is ranged over
	}
	return false
}

// drains reports whether a call is of a function of the package that ranges over a channel that it
// is given: it comes back when that is closed.
//
//	go func() { defer wg.Done(); worker(work) }()
func (f *Facts) drains(call *ast.CallExpr, ch types.Object) bool {
	decl := f.pkg.Body(call)
	i := slices.IndexFunc(call.Args, func(arg ast.Expr) bool { return f.holder(arg) == ch })
	if decl == nil || i < 0 || i >= decl.Type.Params.NumFields() {
		return false
	}
	param := f.pkg.Info.Defs[decl.Name].(*types.Func).Signature().Params().At(i)
	return slices.ContainsFunc(decl.Body.List, func(s ast.Stmt) bool {
		loop, ok := s.(*ast.RangeStmt)
		return ok && f.holder(loop.X) == param && !f.leavesWordless(loop.Body)
	})
}

// leavesWordless reports whether a loop breaks, or returns from its function without a result, by
// which its caller would hear that it has not come to its end.
func (f *Facts) leavesWordless(loop *ast.BlockStmt) (leaves bool) {
	f.pkg.PreorderStack(loop, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = leaves || len(n.Results) == 0
		case *ast.BranchStmt:
			leaves = leaves || n.Tok == token.GOTO || n.Tok == token.BREAK && (n.Label != nil || !slices.ContainsFunc(stack, takesBreak))
		}
		return !leaves
	})
	return leaves
}

func isCall(n ast.Node) bool {
	_, ok := n.(*ast.CallExpr)
	return ok
}

// givesWord reports whether a node gives a signal that somebody waits for: a send, close, Done or cancel.
func givesWord(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		_, send := n.(*ast.SendStmt)
		return send
	}
	switch calledMethod(call) {
	case "", "Done":
		return len(call.Args) < 2
	}
	return false
}

// givenBehind reports whether a goroutine gives a signal only when it has come past a wait.
func (f *Facts) givenBehind(fn *function, wait, give ast.Node) bool {
	if f.isDeferred(fn, give) {
		flow := f.pkg.Flow(fn.node)
		return !f.leads(flow, facts.Point{Block: flow.Blocks[0], Index: -1}, nil, func(n ast.Node) bool { return within(n, wait) })
	}
	_, always := f.pkg.Flow(fn.node).Precedes(wait, give)
	return always
}
