package channels

import (
	"go/ast"
	"go/token"
	"slices"
)

// ClosedInput returns the close of a channel from which a case of a select in an
// endless loop receives without asking whether there was a value: from then on that
// case is always ready, and the loop spins on values that nobody has sent.
func (f *Facts) ClosedInput(fn ast.Node, clause *ast.CommClause) ast.Node {
	receive := receiveOf(clause.Comm)
	if receive == nil || f.isSignal(receive) || asksOK(clause.Comm) || f.mayLeave(clause.Body) || f.inTest(clause) {
		return nil
	}
	loops := f.loopsAround(fn, clause)
	if len(loops) == 0 {
		return nil
	}
	loop, ok := loops[len(loops)-1].(*ast.ForStmt)
	if !ok || loop.Cond != nil || f.asksAgain(loop, receive) || f.leavesBehind(loop, clause) {
		return nil
	}
	return f.closedElsewhere(fn, receive.X)
}

// leavesBehind reports whether an if statement of a loop, outside of a clause, looks at
// the variable that gets what the clause receives, and leaves: a zero value may tell it
// the end.
func (f *Facts) leavesBehind(loop *ast.ForStmt, clause *ast.CommClause) (leaves bool) {
	st, ok := clause.Comm.(*ast.AssignStmt)
	if !ok || st.Tok != token.ASSIGN {
		return false
	}
	got := f.Variable(st.Lhs[0])
	if got == nil {
		return false
	}
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		cond, ok := n.(*ast.IfStmt)
		if ok && slices.ContainsFunc(f.mentions(got), func(m mention) bool { return contains(cond.Cond, m.id) }) {
			leaves = leaves || f.mayLeave(cond.Body.List) || endsInBreak(cond.Body.List)
		}
		return !leaves && n != clause
	})
	return leaves
}

// asksOK reports whether a receive of a case asks whether there was a value.
func asksOK(comm ast.Stmt) bool {
	st, ok := comm.(*ast.AssignStmt)
	return ok && len(st.Lhs) == 2
}

// mayLeave reports whether statements leave a loop, or call what may not come back.
func (f *Facts) mayLeave(body []ast.Stmt) (leaves bool) {
	for _, st := range body {
		f.pkg.Inspect(st, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				leaves = true
			case *ast.BranchStmt:
				leaves = leaves || n.Label != nil || n.Tok == token.GOTO
			case *ast.CallExpr:
				leaves = leaves || f.pkg.NoReturn(n) || f.endsByName(n)
			}
			return !leaves
		})
	}
	return leaves
}

// closedElsewhere returns a close of the channel, by a goroutine that does no more
// than to send and close, or by a function that ends nothing else with it.
func (f *Facts) closedElsewhere(fn ast.Node, ch ast.Expr) ast.Node {
	if t := f.Trace(f.Variable(ch)); t != nil && t.Unknown == nil {
		for _, op := range t.Of(Close) {
			if op.Fn != fn && !f.onlyDeferred(fn, op.Fn, op.Node) && !f.endsMore(op.Fn, op.Node) && len(t.Of(Send)) > 0 {
				return op.Node
			}
		}
		return nil
	}
	c := f.Class(ch)
	if c == nil || c.Nil || len(c.Of(Receive, Range)) != 1 {
		return nil
	}
	for _, op := range c.Of(Close) {
		if !op.Test && op.Fn != fn && !f.onlyDeferred(fn, op.Fn, op.Node) && !f.endsMore(op.Fn, op.Node) && len(c.Of(Send)) > 0 {
			return op.Node
		}
	}
	return f.closedStream(c)
}

// onlyDeferred reports whether a close runs only when another function is left: that defers
// it, or defers all calls of the function by of the package in which it stands.
func (f *Facts) onlyDeferred(fn, by, end ast.Node) bool {
	ends := []ast.Node{end}
	if decl, ok := by.(*ast.FuncDecl); ok {
		if ends = nil; decl.Name.IsExported() || !f.onlyCalled(decl) {
			return false
		}
		for _, call := range f.callsOf(decl) {
			ends = append(ends, call)
		}
	}
	put := deferredIn(fn)
	for _, end := range ends {
		if !slices.ContainsFunc(put, func(d *ast.DeferStmt) bool { return contains(d, end) }) {
			return false
		}
	}
	return len(ends) > 0
}

// deferredIn returns the defer statements of a function itself.
func deferredIn(fn ast.Node) (all []*ast.DeferStmt) {
	ast.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		if ok {
			all = append(all, d)
		}
		_, literal := n.(*ast.FuncLit)
		return !ok && !literal
	})
	return all
}

// endsMore reports whether a function closes another channel too, or cancels: then
// the loop may be at its end as well.
func (f *Facts) endsMore(fn, end ast.Node) (more bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && call != end {
			more = more || f.isBuiltin(call, "close") || f.isCancel(call)
		}
		return !more
	})
	return more
}

// closedStream returns the close of a stream, if the channels of a class are all
// streams that functions of the package make, and their goroutines close.
func (f *Facts) closedStream(c *Class) (end ast.Node) {
	if len(c.Given) == 0 || len(c.Makes) > 0 || c.Replaced {
		return nil
	}
	for _, value := range c.Given {
		call, ok := ast.Unparen(value).(*ast.CallExpr)
		if !ok {
			return nil
		}
		decl := f.pkg.Body(call)
		if decl == nil {
			return nil
		}
		streams := f.streamsOf(decl)
		if len(streams) != 1 || streams[0].ctx != nil {
			return nil
		}
		send := streams[0].send
		i := slices.IndexFunc(f.closesIn(send.Fn), func(call *ast.CallExpr) bool { return f.same(call.Args[0], send.Node.(*ast.SendStmt).Chan) })
		if i < 0 {
			return nil
		}
		end = f.closesIn(send.Fn)[i]
	}
	return end
}

// closesIn returns the calls of close in a function.
func (f *Facts) closesIn(fn ast.Node) (all []*ast.CallExpr) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && f.isBuiltin(call, "close") {
			all = append(all, call)
		}
		return true
	})
	return all
}
