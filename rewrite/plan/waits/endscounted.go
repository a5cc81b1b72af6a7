package waits

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
	waiting "github.com/lockfix/lockfix/rules/facts/waits"
)

// endsCounted: what counts the goroutine in does not make the Wait one that never ends, since
// the goroutine waits for what comes behind it, or needs a lock that is held meanwhile. Today the Wait
// may find no count, and does not wait.
func endsCounted(s *edit.Site, f *channels.Facts, late *channels.LateAdd, goroutine *ast.FuncLit) error {
	for _, wait := range f.GroupCalls(late.Wait) {
		if wait.Kind != channels.Wait {
			continue
		}
		if f.Stuck(wait.Call) != nil || f.WaitCycle(wait.Call) != nil || f.RangeWait(wait.Fn, wait.Call) != nil {
			return fmt.Errorf("the Wait at line %d would never end, once it waits for this goroutine", around.Line(s, wait.Call))
		}
		for _, held := range waiting.Of(s.Match.Pkg).Across(wait.Fn) {
			if held.Wait == ast.Node(wait.Call) {
				return fmt.Errorf("line %d waits with the lock that the goroutine needs: once it waits for it, neither goes on", around.Line(s, wait.Call))
			}
		}
		for ch, at := range closedBehind(s.Match.Pkg, wait) {
			if needsEnd(s.Match.Pkg, goroutine.Body, ch) {
				return fmt.Errorf("the goroutine waits for what line %d does behind the Wait: that would never end, once it waits for this goroutine", around.Line(s, at))
			}
		}
	}
	if send := unreceived(s.Match.Pkg, f, late, goroutine); send != nil {
		return fmt.Errorf("more is sent at line %d than is received: the Wait would never end, once it waits for this goroutine", around.Line(s, send))
	}
	return nil
}

// closedBehind returns the channels that a function closes behind a Wait, or when it ends, and where.
func closedBehind(pkg *facts.Package, wait *channels.GroupCall) map[types.Object]ast.Node {
	closed, flow := map[types.Object]ast.Node{}, pkg.Flow(wait.Fn)
	note := func(call *ast.CallExpr, deferred bool) {
		b, ok := pkg.Callee(call).(*types.Builtin)
		if !ok || b.Name() != "close" {
			return
		}
		if behind, _ := flow.Follows(wait.Call, call); behind || deferred {
			closed[channelOf(pkg, call.Args[0])] = call
		}
	}
	pkg.Inspect(around.BodyOf(wait.Fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			note(n.Call, true)
			return false
		case *ast.CallExpr:
			note(n, false)
		}
		return true
	})
	delete(closed, nil)
	return closed
}

// needsEnd reports whether code goes on only when a channel is closed: it receives from it and
// nothing else, or in a loop that ends there alone.
//
//	for {
//		select {
//		case <-stop:
//			return
//		case job := <-jobs:
//			do(job)
//		}
//	}
func needsEnd(pkg *facts.Package, body *ast.BlockStmt, ch types.Object) (needs bool) {
	pkg.PreorderStack(body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.RangeStmt:
			needs = needs || channelOf(pkg, n.X) == ch
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && channelOf(pkg, n.X) == ch {
				choice, clause := choiceAround(stack)
				needs = needs || choice == nil || len(choice.Body.List) == 1 || endless(stack, choice, clause)
			}
		}
		return !needs
	})
	return needs
}

// choiceAround returns the select whose case an operation is, and the case.
func choiceAround(stack []ast.Node) (*ast.SelectStmt, *ast.CommClause) {
	for i := len(stack) - 1; i > 1; i-- {
		clause, ok := stack[i].(*ast.CommClause)
		if !ok {
			if _, statement := stack[i].(*ast.BlockStmt); statement {
				return nil, nil
			}
			continue
		}
		if clause.Comm != nil && i+1 < len(stack) && stack[i+1] == ast.Node(clause.Comm) {
			choice, _ := stack[i-2].(*ast.SelectStmt)
			return choice, clause
		}
		return nil, nil
	}
	return nil, nil
}

// endless reports whether a loop without a condition stands around a select, and nothing but
// one of its cases leaves that.
func endless(stack []ast.Node, choice *ast.SelectStmt, clause *ast.CommClause) bool {
	for _, n := range stack {
		loop, ok := n.(*ast.ForStmt)
		if ok && loop.Cond == nil && edit.StandsIn(choice, loop) && !leavesBut(loop, clause) {
			return true
		}
	}
	return false
}

// leavesBut reports whether something in a loop leaves it, one of its cases aside.
func leavesBut(loop *ast.ForStmt, clause *ast.CommClause) (leaves bool) {
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CommClause:
			return n != clause
		case *ast.ReturnStmt:
			leaves = true
		case *ast.BranchStmt:
			leaves = leaves || n.Tok == token.GOTO || n.Label != nil
		}
		return !leaves
	})
	return leaves
}

// channelOf is the variable or field that holds a channel, nil if it is something else.
func channelOf(pkg *facts.Package, e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return pkg.ObjectOf(e)
	case *ast.SelectorExpr:
		if v, ok := pkg.Use(e.Sel).(*types.Var); ok {
			return v.Origin()
		}
	}
	return nil
}

// unreceived returns a send of a goroutine on a channel from which, all in all, fewer values are
// received than are sent, and only by the function that waits: one of the goroutines never ends.
//
//	for _, url := range urls {
//		go func() { …; found <- get(url) }()
//	}
//	first := <-found
//	wg.Wait()
func unreceived(pkg *facts.Package, f *channels.Facts, late *channels.LateAdd, goroutine *ast.FuncLit) (send ast.Node) {
	pkg.Inspect(goroutine.Body, func(n ast.Node) bool {
		st, ok := n.(*ast.SendStmt)
		if !ok || send != nil {
			return send == nil
		}
		v, _ := channelOf(pkg, st.Chan).(*types.Var)
		if v != nil && !v.IsField() && v.Kind() == types.LocalVar && f.Underserved(v, st, late.Start) {
			send = st
		}
		return true
	})
	return send
}
