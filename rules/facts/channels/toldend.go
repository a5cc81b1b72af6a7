package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A ToldEnd is what tells that the goroutine that receives ends: a channel that it closes when it
// leaves, or the one that ends it, in another case of the select in which it receives.
//
//	defer close(s.done)
//	for {
//		select {
//		case q := <-s.query:
//			…
//		case <-s.quit:
//			return
//		}
//	}
type ToldEnd struct {
	Chan   ast.Expr // from which it receives: s.query
	Signal ast.Expr // s.done, s.quit
	// Other is a way out of its function of which Signal does not tell; nil if none.
	Other ast.Node
}

// ToldEnd returns what tells of the end of the goroutine of a receive: nil where that is nothing, or
// which of several things is not known.
func (f *Facts) ToldEnd(receive ast.Node) *ToldEnd {
	fn := f.around(receive)
	if fn == nil {
		return nil
	}
	r, ok := receive.(*ast.UnaryExpr)
	if !ok {
		loop, isRange := receive.(*ast.RangeStmt)
		if !isRange {
			return nil
		}
		return toldBy(loop.X, f.closedOnLeaving(fn, loop.X))
	}
	if ch := f.closedOnLeaving(fn, r); ch != nil {
		return toldBy(r.X, ch)
	}
	var quit *ast.CommClause
	for _, clause := range f.casesBeside(fn, r) {
		if signal := receiveOf(clause.Comm); signal != nil && f.isEndSignal(signal.X) && leavesLoop(clause.Body) {
			if quit != nil {
				return nil
			}
			quit = clause
		}
	}
	if quit == nil {
		return nil
	}
	return &ToldEnd{Chan: r.X, Signal: receiveOf(quit.Comm).X, Other: f.leavesBeside(fn, quit)}
}

func toldBy(ch, signal ast.Expr) *ToldEnd {
	if signal == nil {
		return nil
	}
	return &ToldEnd{Chan: ch, Signal: signal}
}

// closedOnLeaving returns the channel that a function closes by a deferred call, on all ways on
// which it comes to a receive.
func (f *Facts) closedOnLeaving(fn ast.Node, receive ast.Node) (ch ast.Expr) {
	flow := f.pkg.Flow(fn)
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			if !f.isBuiltin(n.Call, "close") || !f.isEndSignal(n.Call.Args[0]) {
				return true
			}
			if _, always := flow.Precedes(n, receive); always && ch == nil {
				ch = n.Call.Args[0]
			}
		}
		return true
	})
	return ch
}

// casesBeside returns the other cases of the select in which something is received.
func (f *Facts) casesBeside(fn ast.Node, receive *ast.UnaryExpr) (others []*ast.CommClause) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		s, ok := n.(*ast.SelectStmt)
		if !ok {
			return true
		}
		own, all := false, []*ast.CommClause(nil)
		for _, c := range s.Body.List {
			clause := c.(*ast.CommClause)
			if clause.Comm != nil && contains(clause.Comm, receive) {
				own = true
			} else {
				all = append(all, clause)
			}
		}
		if own {
			others = all
		}
		return others == nil
	})
	return others
}

// isEndSignal reports whether a channel is that of a context, or one that the package closes, and
// neither sends on nor replaces.
func (f *Facts) isEndSignal(ch ast.Expr) bool {
	if call, ok := ast.Unparen(ch).(*ast.CallExpr); ok {
		fn, ok := f.pkg.Callee(call).(*types.Func)
		return ok && facts.IsFunc(fn, "(context.Context).Done")
	}
	if t := f.Trace(f.Variable(ch)); t != nil {
		return t.Unknown == nil && len(t.Of(Close)) > 0 && len(t.Of(Send)) == 0
	}
	c := f.Class(ch)
	return c != nil && !c.Serves && !c.Replaced && !c.Nil && len(c.Of(Close)) > 0 && len(c.Of(Send)) == 0
}

// leavesLoop reports whether the last of some statements leaves the loop around a select.
func leavesLoop(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	switch last := body[len(body)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Label != nil
	}
	return false
}

// leavesBeside returns a way out of a function that does not lead through a case.
func (f *Facts) leavesBeside(fn ast.Node, clause *ast.CommClause) ast.Node {
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(n ast.Node) bool { return contains(clause, n) },
		crossed: func(_ *facts.Block, e facts.Edge) bool { return e.Case == ast.Node(clause) },
	}
	return s.out()
}
