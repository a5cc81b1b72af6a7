package chans

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// An ending is what a receive of the form `v, ok := <-ch` does when the channel is closed.
type ending struct {
	test   *ast.IfStmt // of ok, right behind the receive
	leaves bool        // its body is for the end, and leaves
}

// endingOf returns the test right behind a receive, nil if there is none: `if !ok { …; return }` or `if ok { … }`.
func endingOf(s *edit.Site, op *channels.Op) *ending {
	path := s.PathTo(op.Node)
	if len(path) < 2 {
		return nil
	}
	set, ok := path[len(path)-1].(*ast.AssignStmt)
	if !ok || len(set.Lhs) != 2 {
		return nil
	}
	told, ok := set.Lhs[1].(*ast.Ident)
	if !ok {
		return nil
	}
	test := testBehind(s, path[len(path)-2], set)
	if test == nil || test.Else != nil {
		return nil
	}
	switch cond := ast.Unparen(test.Cond).(type) {
	case *ast.Ident:
		if cond.Name == told.Name {
			return &ending{test: test}
		}
	case *ast.UnaryExpr:
		if not, ok := ast.Unparen(cond.X).(*ast.Ident); ok && cond.Op == token.NOT && not.Name == told.Name && leavesLoops(test.Body, op) {
			return &ending{test: test, leaves: true}
		}
	}
	return nil
}

// testBehind returns the if with a receive in its head, or the first statement behind it.
func testBehind(s *edit.Site, parent ast.Node, set *ast.AssignStmt) *ast.IfStmt {
	var next ast.Stmt
	switch parent := parent.(type) {
	case *ast.IfStmt:
		return parent
	case *ast.CommClause:
		if parent.Comm == ast.Stmt(set) && len(parent.Body) > 0 {
			next = parent.Body[0]
		}
	}
	if list, ok := s.ListAround(set); ok && next == nil {
		if i := slices.Index(list, ast.Stmt(set)); i >= 0 && i+1 < len(list) {
			next = list[i+1]
		}
	}
	test, _ := next.(*ast.IfStmt)
	if test != nil && test.Init != nil {
		return nil
	}
	return test
}

// leavesLoops reports whether a block ends in a return, or in a break that leaves more than a select.
func leavesLoops(body *ast.BlockStmt, op *channels.Op) bool {
	if len(body.List) == 0 {
		return false
	}
	switch last := body.List[len(body.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.BREAK && (last.Label != nil || op.Select == nil)
	}
	return false
}

// atEnd returns what a receive has done that the close of the channel ends: it waited for a word
// that did not come.
//
//	<-ready
//	commit()
//
// Whom it tells of its end, in a goroutine of his own, goes on, too.
func atEnd(s *edit.Site, op *channels.Op) ast.Node {
	return endHeard(s, op, map[*channels.Op]bool{})
}

// endHeard does so for a receive or Wait, and those who hear of its end that were not seen yet.
func endHeard(s *edit.Site, op *channels.Op, seen map[*channels.Op]bool) ast.Node {
	work := workAtEnd(s, op)
	seen[op] = true
	for _, heard := range toldBy(s, op) {
		if work == nil && !seen[heard] {
			work = endHeard(s, heard, seen)
		}
	}
	return work
}

// toldBy returns what waits for the calls by which a function tells of its end: receives from local
// channels that it closes, and Waits for local groups, but for those of the function that has left.
func toldBy(s *edit.Site, op *channels.Op) (all []*channels.Op) {
	f := channels.Of(s.Match.Pkg)
	ast.Inspect(op.Fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !tellsOfEnd(s, call) {
			return true
		}
		var of ast.Expr
		if sel, method := ast.Unparen(call.Fun).(*ast.SelectorExpr); method {
			of = sel.X
		} else {
			of = call.Args[0]
		}
		if t := f.Trace(f.Variable(of)); t != nil {
			for _, heard := range t.Of(channels.Range, channels.Receive, channels.Wait) {
				if heard.Thread != t.Home {
					all = append(all, heard)
				}
			}
		}
		return true
	})
	return all
}

// workAtEnd returns what a function itself does behind a receive or Wait.
func workAtEnd(s *edit.Site, op *channels.Op) ast.Node {
	if work := deferredWork(s, op); work != nil {
		return work
	}
	end := endingOf(s, op)
	switch {
	case end == nil:
		return workFrom(s, op.Fn, op.Node)
	case end.leaves:
		return workFrom(s, end.test.Body, nil)
	}
	return workFrom(s, op.Fn, end.test)
}

// stops: a receive in a loop comes to its end with the channel. From a closed one nobody waits.
func stops(s *edit.Site, op *channels.Op) error {
	if end := endingOf(s, op); inLoopOf(s.PathTo(op.Node)) && (end == nil || !end.leaves) {
		return fmt.Errorf("line %d receives again and again, and would never wait again once the channel is closed", s.Pkg.Fset.Position(op.Node.Pos()).Line)
	}
	return nil
}
