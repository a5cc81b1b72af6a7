package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A function that gives up waiting for a goroutine says so by an error: where it returns none, the
// goroutine has ended.
//
//	func Run(ctx context.Context, f func() error) error {
//		done := make(chan error, 1)
//		go func() { done <- f() }()
//		select {
//		case err := <-done:
//			return err
//		case <-ctx.Done():
//			return ctx.Err()
//		}
//	}

// endOf reports whether a goroutine has ended when the function returns that starts it, or is sound:
// has ended at least when that returns no error.
func (f *Facts) endOf(fn, goroutine *function) (joined, sound bool) {
	flow := f.pkg.Flow(fn.node)
	start, ok := flow.At(goroutine.at)
	if !ok {
		return false, false
	}
	joins := f.joins(fn, goroutine)
	if f.deferredJoin(fn, joins) || !f.leads(flow, start, nil, joins) {
		return true, false
	}
	counted, early := f.countedToTheEnd(fn, goroutine.at, joins)
	waits := func(n ast.Node) bool { return joins(n) || counted[n] }
	if len(early) == 0 && !f.leads(flow, start, nil, waits) {
		return true, false
	}
	return false, fn.obj != nil && f.failsUnjoined(fn, start, waits, early)
}

// countedToTheEnd returns the heads of the loops that wait for all goroutines, and the returns in
// them, where some of those are not awaited yet.
func (f *Facts) countedToTheEnd(fn *function, start ast.Node, joins func(ast.Node) bool) (counted map[ast.Node]bool, early []*ast.ReturnStmt) {
	counted = f.countedJoins(fn, start, joins)
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if _, lit := n.(*ast.FuncLit); lit {
			return false
		}
		head, _ := headOf(n)
		if !counted[head] {
			return true
		}
		returns, only := f.waysOut(n)
		if early = append(early, returns...); !only {
			delete(counted, head)
		}
		return true
	})
	return counted, early
}

// waysOut returns the return statements of a loop; only says that nothing else leaves it early.
func (f *Facts) waysOut(loop ast.Node) (returns []*ast.ReturnStmt, only bool) {
	only = true
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			returns = append(returns, n)
		case *ast.BranchStmt:
			only = only && n.Tok == token.CONTINUE && n.Label == nil
		}
		return true
	})
	return returns, only
}

// failsUnjoined reports whether a function returns an error on each way on which it has not waited
// for the goroutine that it has started at a point.
func (f *Facts) failsUnjoined(fn *function, start facts.Point, waits func(ast.Node) bool, early []*ast.ReturnStmt) bool {
	results := fn.obj.Signature().Results()
	if results.Len() == 0 || !types.Identical(results.At(results.Len()-1).Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	mayDo := func(ret *ast.ReturnStmt) bool {
		return len(ret.Results) == 0 || !f.surelyFails(fn, ret.Results[len(ret.Results)-1])
	}
	return !slices.ContainsFunc(early, mayDo) && !f.leads(f.pkg.Flow(fn.node), start, func(p facts.Point) bool {
		ret, ok := p.Block.Nodes[p.Index].(*ast.ReturnStmt)
		return ok && mayDo(ret)
	}, waits)
}

// surelyFails reports whether an expression is an error: a new one, one of a package's, why a
// context is over, one that has been tested.
func (f *Facts) surelyFails(fn *function, e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		v, ok := f.holder(e).(*types.Var)
		return ok && (v.Kind() == types.PackageVar || f.testedToFail(fn, v, e))
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	switch callee.FullName() {
	case "(context.Context).Err", "context.Cause", "errors.New", "fmt.Errorf":
		return true
	}
	return false
}

// behindSuccess reports whether a node of a function stands behind a test that leaves it with the
// error that a call has returned.
//
//	err := Run(ctx, func() error { n = count(); return nil })
//	if err != nil {
//		return err
//	}
//	use(n)
func (f *Facts) behindSuccess(in *function, call, at ast.Node) (behind bool) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			behind = behind || n.Init != nil && within(n.Init, call) && f.leavesWith(n, n.Init, at)
		case *ast.BlockStmt:
			for i, st := range n.List[:max(len(n.List)-1, 0)] {
				test, ok := n.List[i+1].(*ast.IfStmt)
				behind = behind || ok && test.Init == nil && within(st, call) && f.leavesWith(test, st, at)
			}
		}
		return !behind && within(n, call)
	})
	return behind
}

// endedNextTurn reports whether a function returns where the call fails that starts a literal, and
// so comes to it again only when the one before has ended.
//
//	for _, r := range rows {
//		if err := within(timeout, func() { n += r.len() }); err != nil { return err }
//	}
func (f *Facts) endedNextTurn(fn, home *function, call ast.Node) bool {
	if !fn.sound || fn.many {
		return false
	}
	first := &ast.BadStmt{From: home.node.Pos(), To: home.node.Pos()} // before it, in another turn
	return f.behindSuccess(home, call, first)
}

// leavesWith reports whether a test leaves with the error that a statement sets, and a node stands
// behind that, or before it, where only another turn of a loop comes to it.
func (f *Facts) leavesWith(test *ast.IfStmt, set ast.Stmt, at ast.Node) bool {
	behind := leaves(test.Body) && at.Pos() >= test.Body.End()
	return (behind || returns(test.Body) && at.Pos() < set.Pos()) && f.failedBy(test, set)
}

// returns reports whether a block ends with a return statement.
func returns(block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	_, ok := block.List[len(block.List)-1].(*ast.ReturnStmt)
	return ok
}
