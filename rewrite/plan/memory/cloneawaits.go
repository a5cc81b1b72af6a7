package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// noteAwaited lowers the level where the function waits for others before it reads the copy, or asks
// it again and again: they may write the original meanwhile, and the copy does not show it.
//
//	results := s.results
//	s.mu.Unlock()
//	s.wg.Wait()
//	for _, r := range results {
func noteAwaited(s *edit.Site, h sharing.Header) {
	for _, use := range h.Uses {
		if loop := between(s, h, use, runsIterator); loop != nil {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d ranges over is a function, which may write the original: the copy does not show it at line %d", around.Line(s, loop), around.Line(s, use)))
			return
		}
		waits := func(pkg *facts.Package, n ast.Node) bool { return awaits(pkg, n) || takesAnother(pkg, n, h.Guard.Lock) }
		if wait := between(s, h, use, waits); wait != nil {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d waits for others: what they write meanwhile the copy does not show at line %d", around.Line(s, wait), around.Line(s, use)))
			return
		}
		if wait := awaitedAmong(s, use); wait != nil {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d waits while the loop goes over %s: what goes or changes meanwhile the copy still has", around.Line(s, wait), h.Local.Name()))
			return
		}
		if loop := asksAgain(s, h, use); loop != nil {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("the loop at line %d asks %s again and again, and the copy does not change", around.Line(s, loop), h.Local.Name()))
			return
		}
	}
}

// between returns a node of a kind that the function comes to between the copy and a use of it.
func between(s *edit.Site, h sharing.Header, use *ast.Ident, is func(*facts.Package, ast.Node) bool) (found ast.Node) {
	pkg, flow := s.Match.Pkg, s.Match.Pkg.Flow(h.Access.Func)
	inspectOwn(h.Access.Func, func(n ast.Node) {
		if found != nil || !is(pkg, n) {
			return
		}
		after, _ := flow.Follows(h.Access.Expr, n)
		before, _ := flow.Follows(n, use)
		if after && before {
			found = n
		}
	})
	return found
}

// runsIterator reports whether a node ranges over a function.
func runsIterator(pkg *facts.Package, n ast.Node) bool {
	loop, ok := n.(*ast.RangeStmt)
	if !ok {
		return false
	}
	_, isFunc := pkg.TypeOf(loop.X).Underlying().(*types.Signature)
	return isFunc
}

// takesAnother reports whether a node takes a lock, but for one: who has it may be the one that
// writes.
func takesAnother(pkg *facts.Package, n ast.Node, but types.Object) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := pkg.Callee(call).(*types.Func)
	sel, ok2 := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !ok2 || fn.Pkg() == nil || fn.Pkg().Path() != "sync" || fn.Name() != "Lock" && fn.Name() != "RLock" {
		return false
	}
	v := around.VariableIn(pkg, sel.X)
	return v == nil || types.Object(v.Origin()) != but
}

// awaits reports whether a node is a receive, a range over a channel, a Wait of whatever, or a Sleep.
func awaits(pkg *facts.Package, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.RangeStmt:
		_, isChan := pkg.TypeOf(n.X).Underlying().(*types.Chan)
		return isChan
	case *ast.UnaryExpr:
		return n.Op == token.ARROW
	case *ast.CallExpr:
		fn, ok := pkg.Callee(n).(*types.Func)
		return ok && (fn.Name() == "Wait" || facts.IsFunc(fn, "time.Sleep"))
	}
	return false
}

// awaitedAmong returns what a range over a use waits at between its turns. A range over the original
// passes by what is deleted meanwhile, and sees what is set.
//
//	for c := range subs {
//		c <- v
//	}
func awaitedAmong(s *edit.Site, use *ast.Ident) (found ast.Node) {
	path := s.PathTo(use)
	loop, ok := path[len(path)-1].(*ast.RangeStmt)
	if !ok || ast.Unparen(loop.X) != ast.Expr(use) {
		return nil
	}
	passes := offersIn(loop.Body)
	inspectOwnOf(loop.Body, func(n ast.Node) {
		_, send := n.(*ast.SendStmt)
		if found == nil && !passes[n] && (send || awaits(s.Match.Pkg, n) || takesAnother(s.Match.Pkg, n, nil)) {
			found = n
		}
	})
	return found
}

// offersIn returns the sends and receives in a block that do not wait: cases beside a default.
func offersIn(block *ast.BlockStmt) map[ast.Node]bool {
	offers := map[ast.Node]bool{}
	ast.Inspect(block, func(n ast.Node) bool {
		choice, ok := n.(*ast.SelectStmt)
		if !ok || !slices.ContainsFunc(choice.Body.List, isDefault) {
			return true
		}
		for _, st := range choice.Body.List {
			if comm := st.(*ast.CommClause).Comm; comm != nil {
				offers[comm] = true
				ast.Inspect(comm, func(n ast.Node) bool { offers[n] = true; return true })
			}
		}
		return true
	})
	return offers
}

func isDefault(st ast.Stmt) bool { return st.(*ast.CommClause).Comm == nil }

// asksAgain returns a loop around a use, but not around the copy, that goes on until what it
// asks has changed: it has no condition, or one that reads more of the copy than its length, and does not count.
func asksAgain(s *edit.Site, h sharing.Header, use *ast.Ident) ast.Node {
	for _, n := range s.PathTo(use) {
		loop, ok := n.(*ast.ForStmt)
		if !ok || loop.Post != nil || edit.StandsIn(h.Access.Expr, loop) {
			continue
		}
		if loop.Cond == nil || edit.StandsIn(use, loop.Cond) {
			return loop
		}
	}
	return nil
}

// inspectOwn visits the nodes of a function, without those of literals in it.
func inspectOwn(fn ast.Node, visit func(ast.Node)) { inspectOwnOf(bodyAround(fn), visit) }

func inspectOwnOf(block *ast.BlockStmt, visit func(ast.Node)) {
	ast.Inspect(block, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false
		}
		if n != nil {
			visit(n)
		}
		return true
	})
}
