package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Deaf is a send that does not listen for the end of its loop.
type Deaf struct {
	Send   *ast.SendStmt
	Quit   *ast.UnaryExpr  // the receive by which a select of the loop hears of it
	Clause *ast.CommClause // of that receive: it returns
	Call   *ast.CallExpr   // in the loop, of the function that sends; nil: the loop itself sends
}

// DeafSend says whether a send of fn, not in a select, stands in a loop that a
// case of a select in it ends: <-ctx.Done(), or <-stop of a signal channel. The
// channel must come from outside of the function, and have no room.
func (f *Facts) DeafSend(fn ast.Node, send *ast.SendStmt) *Deaf {
	if fn == nil || f.isCase(fn, send) {
		return nil
	}
	loops := f.loopsAround(fn, send)
	root := f.Root(send.Chan)
	if len(loops) == 0 {
		if deaf := f.deafByLiteral(fn, send); deaf != nil {
			return deaf
		}
		return f.deafByHelper(fn, send)
	}
	if root == nil || f.hasRoom(send.Chan) {
		return nil
	}
	loop := loops[0]
	v := f.Variable(root)
	if v == nil || loop.Pos() <= v.Pos() && v.Pos() < loop.End() {
		return nil
	}
	if atEnd := f.deafAtEnd(fn, send, loop); atEnd != nil {
		return atEnd
	}
	clause, quit := f.quitIn(loop, fn)
	if stream := f.abandonable(v); stream && clause != nil && f.isOfContext(quit) && f.repeats(&Op{Fn: fn, Node: send}) {
		return &Deaf{send, quit, clause, nil}
	}
	if clause == nil || f.drained(send.Chan) || f.answersAsker(fn, send) || f.answersRequest(fn, send) || f.putsBack(fn, send) || f.endsReceivers(fn, send) || f.outlasted(fn, send) || f.same(quit.X, send.Chan) || !f.comesFromOutside(v, send) || !f.repeats(&Op{Fn: fn, Node: send}) && !f.mayBeMissed(fn, send) {
		return nil
	}
	return &Deaf{send, quit, clause, nil}
}

// mayBeMissed reports whether a send is a goroutine's last word, which whoever receives may
// leave for another case of his select each time: the end of the loop, for one.
//
//	case s.frames <- b: case <-s.ctx.Done(): return // but, on an error: s.errs <- err; return
func (f *Facts) mayBeMissed(fn ast.Node, send *ast.SendStmt) bool {
	c := f.Class(send.Chan)
	if c == nil || c.Takes || c.Serves || c.Nil || c.Replaced || !f.runsAlone(fn) {
		return false
	}
	receives := c.Of(Receive, Range)
	return len(receives) > 0 && !slices.ContainsFunc(receives, func(op *ClassOp) bool {
		return op.Select == nil || len(op.Select.Body.List) < 2
	})
}

// answersAsker reports whether a send answers, on the channel on which it was asked: whoever
// asks waits for the answer next, and for nothing else.
//
//	case <-s.flush: s.write(); s.flush <- struct{}{}
//	func (s *T) Flush() { s.flush <- struct{}{}; <-s.flush }
func (f *Facts) answersAsker(fn ast.Node, send *ast.SendStmt) bool {
	c := f.Class(send.Chan)
	if c == nil || c.Takes || c.Serves {
		return false
	}
	asked, answered := false, 0
	for _, r := range c.Of(Receive, Range) {
		if r.Fn == fn {
			asked = asked || r.Node.Pos() < send.Pos()
			continue
		}
		asks := slices.ContainsFunc(c.Of(Send), func(op *ClassOp) bool { return op.Fn == r.Fn && op.Alone() && op.Node.Pos() < r.Node.Pos() })
		if !asks || !r.Alone() || r.Kind == Range {
			return false
		}
		answered++
	}
	return asked && answered > 0
}

// endsReceivers reports whether whoever receives leaves only when the sender's own function
// tells it to, by closing another channel when it has left its loop:
//
//	for { select { case t := <-ticker.C: p.requests <- t; case <-ctx.Done(): close(p.done); return } }
//	for { select { case t := <-p.requests: …; case <-p.done: return } }
func (f *Facts) endsReceivers(fn ast.Node, send *ast.SendStmt) bool {
	c := f.Class(send.Chan)
	if c == nil || c.Takes || c.Serves {
		return false
	}
	receives := c.Of(Receive, Range)
	return len(receives) > 0 && !slices.ContainsFunc(receives, func(r *ClassOp) bool {
		return !r.Test && (r.Select == nil || r.Fn == fn || len(f.loopsAround(r.Fn, r.Node)) == 0 || !f.leavesByWord(r.Fn, fn))
	})
}

// leavesByWord reports whether a function returns only in cases that receive what another
// closes at its end.
func (f *Facts) leavesByWord(fn, by ast.Node) bool {
	leaves := 0
	all := true
	var look func(n ast.Node, told bool)
	look = func(n ast.Node, told bool) {
		f.pkg.Inspect(n, func(m ast.Node) bool {
			switch m := m.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CommClause:
				for _, st := range m.Body {
					look(st, f.closedBy(receiveOf(m.Comm), by))
				}
				return false
			case *ast.ReturnStmt:
				leaves++
				all = all && told
			case *ast.BranchStmt:
				all = all && m.Label == nil
			}
			return true
		})
	}
	look(bodyOfFunc(fn), false)
	return all && leaves > 0
}

// closedBy reports whether a receive is of a channel that a function closes, and beside it only
// functions that run as goroutines do, or in its place: of its kind, as values of one variable.
func (f *Facts) closedBy(receive *ast.UnaryExpr, fn ast.Node) bool {
	if receive == nil {
		return false
	}
	c := f.Class(receive.X)
	if c == nil || c.Takes || c.Serves || len(c.Of(Send)) > 0 {
		return false
	}
	closes := c.Of(Close)
	return slices.ContainsFunc(closes, func(op *ClassOp) bool { return op.Fn == fn }) &&
		!slices.ContainsFunc(closes, func(op *ClassOp) bool { return op.Fn != fn && !f.runsAlone(op.Fn) && !f.inPlaceOf(op.Fn, fn) })
}

// inPlaceOf reports whether two methods of one type, neither of them exported, are used as
// values, and take and return the same.
func (f *Facts) inPlaceOf(a, b ast.Node) bool {
	one, ok := a.(*ast.FuncDecl)
	other, ok2 := b.(*ast.FuncDecl)
	if !ok || !ok2 || one.Name.IsExported() || other.Name.IsExported() || f.onlyCalled(one) || f.onlyCalled(other) {
		return false
	}
	x, y := f.pkg.TypeOf(one.Name).(*types.Signature), f.pkg.TypeOf(other.Name).(*types.Signature)
	return x != nil && y != nil && types.Identical(x, y) && x.Recv() != nil && y.Recv() != nil && types.Identical(x.Recv().Type(), y.Recv().Type())
}

// abandonable reports whether a channel is a stream that an exported function of
// the package returns, so that who receives from it may leave.
func (f *Facts) abandonable(v *types.Var) bool {
	if v.Kind() != types.LocalVar {
		return false
	}
	if send, ctx, _ := f.streamIn(v); send == nil || ctx != nil {
		return false
	}
	decl, ok := f.declAround(v.Pos()).(*ast.FuncDecl)
	return ok && decl.Name.IsExported() && len(f.callsOf(decl)) == 0
}

// isOfContext reports whether a receive is of ctx.Done().
func (f *Facts) isOfContext(receive *ast.UnaryExpr) bool {
	call, ok := ast.Unparen(receive.X).(*ast.CallExpr)
	return ok && f.isCallOf(call, "(context.Context).Done")
}

// drained reports whether somebody receives from a channel until it is closed,
// come what may.
func (f *Facts) drained(ch ast.Expr) bool {
	c := f.Class(ch)
	if c == nil {
		return false
	}
	closed := len(c.Of(Close)) > 0
	return slices.ContainsFunc(c.Of(Range), func(op *ClassOp) bool {
		loop := op.Node.(*ast.RangeStmt)
		return !op.Test && (!f.leavesRange(loop) || f.leavesByValue(op.Fn, loop)) && (closed || !c.Takes && !c.Serves && len(f.startedOnly(op.Fn)) > 0)
	})
}

// leavesByValue reports whether a loop over a channel is left only for what it has received: who
// sends knows then, and sends it once for each.
//
//	for job := range s.jobs { if job.stop { return }; … }
func (f *Facts) leavesByValue(fn ast.Node, loop *ast.RangeStmt) bool {
	v := f.field(loop.Key)
	ways, told := 0, 0
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			ways++
			if v != nil && slices.ContainsFunc(conditionsAround(loop.Body, n), func(cond ast.Expr) bool { return f.names(cond, v) }) {
				told++
			}
		case *ast.BranchStmt:
			if n.Tok != token.CONTINUE {
				ways += 2
			}
		case *ast.CallExpr:
			if f.pkg.NoReturn(n) || f.endsByName(n) {
				ways += 2
			}
		}
		return true
	})
	return ways > 0 && ways == told
}

// comesFromOutside reports whether the channel is one of which somebody else
// decides how long it is served: a parameter whose arguments are made without
// room, so far as they are known, or a field of the receiver. Of a variable of
// its own, or of what belongs to others, the function may know better.
func (f *Facts) comesFromOutside(v *types.Var, send *ast.SendStmt) bool {
	switch v.Kind() {
	case types.ParamVar:
		if f.Variable(send.Chan) != v {
			return false
		}
		owner, _ := functionAt(f.mentions(v)[0].stack)
		for _, arg := range f.argumentsFor(owner, v) {
			if f.madeWithRoom(arg) {
				return false
			}
		}
		return true
	case types.RecvVar:
		sel, ok := ast.Unparen(send.Chan).(*ast.SelectorExpr)
		return ok && f.Variable(sel.X) == v && !f.inTest(send)
	}
	return false
}

// argumentsFor returns what the calls in the package give for a parameter.
func (f *Facts) argumentsFor(fn ast.Node, v *types.Var) (all []ast.Expr) {
	w := &tracer{f: f}
	for _, call := range f.callsOf(fn) {
		for _, arg := range call.Args {
			if param, _ := w.parameter(arg, call); param == v {
				all = append(all, arg)
			}
		}
	}
	return all
}

// madeWithRoom reports whether some make gives the variable or field that an
// expression names a buffer.
func (f *Facts) madeWithRoom(ch ast.Expr) bool {
	if f.buffered()[f.field(ch)] {
		return true
	}
	if c := f.Class(ch); c != nil {
		return slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool { return len(made.Args) > 1 })
	}
	v := f.Variable(ch)
	if v == nil || v.Kind() != types.LocalVar {
		return false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if call, ok := value.(*ast.CallExpr); sets && ok && len(call.Args) > 1 {
			return true
		}
	}
	return false
}

func (f *Facts) inTest(n ast.Node) bool {
	return f.pkg.InTest(n.Pos())
}

// isCase reports whether the send is the operation of a select's case.
func (f *Facts) isCase(fn ast.Node, send *ast.SendStmt) (found bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		clause, ok := n.(*ast.CommClause)
		found = found || ok && clause.Comm == ast.Stmt(send)
		return !found
	})
	return found
}

// hasRoom reports whether the channel is local and all known, or whether some
// make of the package gives the variable or field a buffer.
func (f *Facts) hasRoom(ch ast.Expr) bool {
	if t := f.Trace(f.Variable(ch)); t != nil && (t.Unknown == nil || t.Make == nil || len(t.Make.Args) > 1) {
		return true
	}
	return f.buffered()[f.field(ch)]
}

// buffered returns the variables and fields that some make gives a buffer.
func (f *Facts) buffered() map[types.Object]bool {
	if f.roomy != nil {
		return f.roomy
	}
	f.roomy = map[types.Object]bool{}
	note := func(to ast.Expr, value ast.Expr) {
		call, ok := ast.Unparen(value).(*ast.CallExpr)
		if ok && f.isBuiltin(call, "make") && len(call.Args) > 1 {
			f.roomy[f.field(to)] = true
		}
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i := range n.Lhs {
					if len(n.Lhs) == len(n.Rhs) {
						note(n.Lhs[i], n.Rhs[i])
					}
				}
			case *ast.KeyValueExpr:
				note(n.Key, n.Value)
			}
			return true
		})
	}
	return f.roomy
}

// quitIn returns a case of a select in the loop that ends the function: it
// receives a mere signal and returns.
func (f *Facts) quitIn(loop ast.Stmt, fn ast.Node) (clause *ast.CommClause, quit *ast.UnaryExpr) {
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal || clause != nil {
			return false
		}
		if c, ok := n.(*ast.CommClause); ok && f.returns(c) {
			if receive := f.signalReceive(c.Comm); receive != nil {
				clause, quit = c, receive
			}
		}
		return true
	})
	return clause, quit
}

// returns reports whether a clause ends in a return.
func (f *Facts) returns(c *ast.CommClause) bool { return endsWithReturn(c.Body) }

func endsWithReturn(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	_, ok := list[len(list)-1].(*ast.ReturnStmt)
	return ok
}

// signalReceive returns the receive of a case that takes no value: of
// ctx.Done(), or of a chan struct{} that is named.
func (f *Facts) signalReceive(comm ast.Stmt) *ast.UnaryExpr {
	st, ok := comm.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	receive, ok := ast.Unparen(st.X).(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return nil
	}
	if call, ok := ast.Unparen(receive.X).(*ast.CallExpr); ok {
		fn, ok := f.pkg.Callee(call).(*types.Func)
		if ok && facts.IsFunc(fn, "(context.Context).Done") {
			return receive
		}
		return nil
	}
	ch, ok := f.pkg.TypeOf(receive.X).Underlying().(*types.Chan)
	if !ok || f.Root(receive.X) == nil {
		return nil
	}
	if empty, ok := ch.Elem().Underlying().(*types.Struct); ok && empty.NumFields() == 0 {
		return receive
	}
	return nil
}
