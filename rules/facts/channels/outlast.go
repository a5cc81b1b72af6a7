package channels

import (
	"go/ast"
	"go/token"
	"slices"
)

// outlasted reports whether whoever receives is there until the senders have come to their
// end: he leaves where a channel is closed that is closed behind a Wait, or behind the call
// of the function that sends.
//
//	func (q *queue) start() { …; q.producers.Wait(); close(q.items) }
//	for { select { case v, ok := <-q.items: if !ok { return }; … } }
func (f *Facts) outlasted(fn ast.Node, send *ast.SendStmt) bool {
	c := f.Class(send.Chan)
	if c == nil || c.Takes || c.Serves || c.Nil || c.Replaced {
		return false
	}
	served := false
	for _, r := range c.Of(Receive, Range) {
		if r.Test {
			continue
		}
		if r.Kind == Range || r.Select == nil || r.Fn == fn || !f.leavesTold(r.Fn, fn) {
			return false
		}
		served = true
	}
	return served
}

// leavesTold reports whether a function loops without end, and leaves its loop only where
// it hears what is closed behind all sends of another.
func (f *Facts) leavesTold(fn, sender ast.Node) bool {
	body := bodyOfFunc(fn)
	told, all := 0, true
	heard := func(clause *ast.CommClause) bool {
		receive := receiveOf(clause.Comm)
		return receive != nil && (f.closedBehind(receive.X, sender) || f.toldBehind(receive.X, fn, sender))
	}
	var look func(n ast.Node, hears bool)
	look = func(n ast.Node, hears bool) {
		f.pkg.Inspect(n, func(m ast.Node) bool {
			switch m := m.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CommClause:
				for _, st := range m.Body {
					look(st, hears || heard(m))
				}
				return false
			case *ast.ReturnStmt:
				all, told = all && hears, told+1
			case *ast.BranchStmt:
				if m.Label != nil && m.Tok == token.BREAK || m.Tok == token.GOTO {
					all, told = all && hears, told+1
				}
			}
			return true
		})
	}
	for _, st := range body.List {
		if loop := endless(st); loop != nil {
			look(loop.Body, false)
		}
	}
	return all && told > 0
}

// endless returns the loop without a condition that a statement is.
func endless(st ast.Stmt) *ast.ForStmt {
	if labeled, ok := st.(*ast.LabeledStmt); ok {
		st = labeled.Stmt
	}
	if loop, ok := st.(*ast.ForStmt); ok && loop.Cond == nil {
		return loop
	}
	return nil
}

// closedBehind reports whether all closes of a channel come behind a Wait, or behind a call
// of the function that sends.
func (f *Facts) closedBehind(ch ast.Expr, sender ast.Node) bool {
	c := f.Class(ch)
	if c == nil || c.Takes || c.Serves {
		return false
	}
	closes := c.Of(Close)
	return len(closes) > 0 && !slices.ContainsFunc(closes, func(op *ClassOp) bool {
		return !op.Test && !f.joinsBefore(op.Fn, op.Node) && !f.callsBefore(op.Fn, op.Node, sender)
	})
}

// joinsBefore reports whether a function waits for a group before a node.
func (f *Facts) joinsBefore(fn, node ast.Node) (waits bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if n.Pos() >= node.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			fun, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			waits = waits || ok && fun.Sel.Name == "Wait" && len(n.Args) == 0
		}
		return !waits
	})
	return waits
}

// callsBefore reports whether a function has called another, and not as a goroutine, before
// a node.
func (f *Facts) callsBefore(fn, node, callee ast.Node) bool {
	return slices.ContainsFunc(f.callsOf(callee), func(call *ast.CallExpr) bool {
		return f.around(call) == fn && call.End() < node.Pos() && !f.startsWith(fn, call)
	})
}

// startsWith reports whether a call is one of a go statement.
func (f *Facts) startsWith(fn ast.Node, call *ast.CallExpr) (starts bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		st, ok := n.(*ast.GoStmt)
		starts = starts || ok && st.Call == call
		return !starts
	})
	return starts
}

// toldBehind reports whether everybody who tells a receiver to leave has waited before for the word
// by which the sender says that it has left: there, or in who calls him.
//
//	func (l *loop) stopSender() { l.stopA <- struct{}{}; <-l.stopA }
//	func (l *loop) run()        { …; l.stopSender(); l.stopReceiver() }
func (f *Facts) toldBehind(ch ast.Expr, receiver, sender ast.Node) bool {
	c := f.Class(ch)
	if c == nil || c.Takes || c.Serves {
		return false
	}
	told := 0
	for _, op := range c.Of(Send, Close) {
		if op.Test || op.Fn == receiver {
			continue
		}
		if !f.hearsEnd(op.Fn, op.Node, sender) && !f.callersHearEnd(op.Fn, sender) {
			return false
		}
		told++
	}
	return told > 0
}

// callersHearEnd reports whether every caller of a function has called another before in which
// it hears of a sender's end.
func (f *Facts) callersHearEnd(fn, sender ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() || !f.onlyCalled(decl) {
		return false
	}
	calls := f.callsOf(decl)
	return len(calls) > 0 && !slices.ContainsFunc(calls, func(call *ast.CallExpr) bool {
		by := f.around(call)
		return !slices.ContainsFunc(f.callsIn(by), func(other *ast.CallExpr) bool {
			joins := f.pkg.Body(other)
			return joins != nil && other.End() < call.Pos() && f.hearsEnd(joins, &ast.BadStmt{From: joins.End()}, sender)
		})
	})
}

// hearsEnd reports whether a function receives, before a node, what only a sender sends or closes.
func (f *Facts) hearsEnd(fn, node, sender ast.Node) (hears bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if n.Pos() >= node.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.SelectStmt, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.UnaryExpr:
			hears = hears || isArrow(n) && f.saidBy(n.X, fn, sender)
		}
		return !hears
	})
	return hears
}

// saidBy reports whether what comes by a channel comes from a sender only, beside what the
// receiver himself has sent before.
func (f *Facts) saidBy(ch ast.Expr, receiver, sender ast.Node) bool {
	c := f.Class(ch)
	if c == nil || c.Serves {
		return false
	}
	said := 0
	for _, op := range c.Of(Send, Close) {
		if op.Fn == sender {
			said++
		} else if !op.Test && op.Fn != receiver {
			return false
		}
	}
	return said > 0
}
