package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// StoppedUnder returns the close of the channel of a send by which another
// function takes it away under the goroutine that sends: it gives the goroutine
// the word to end, by the close of a channel that this listens to, and closes the
// other at once, without having waited for it.
//
//	func (s *T) Stop() { close(s.quit); close(s.out) }
//
// Where the send is that of a method which others call, it listens to the word because they may
// call it behind Stop: then both cases are ready, and either is chosen.
func (f *Facts) StoppedUnder(send *ast.SendStmt) ast.Node {
	c := f.Class(send.Chan)
	if c == nil || c.Serves || c.Nil || c.Replaced {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(send) })
	if i < 0 || c.Ops[i].Test || !f.sendsAgain(c.Ops[i]) && !f.sendsForCallers(c.Ops[i]) {
		return nil
	}
	closes := c.Beside(c.Ops[i], Close)
	if len(closes) != 1 {
		return nil
	}
	op, end := c.Ops[i], closes[0]
	decl, ok := end.Fn.(*ast.FuncDecl)
	if !ok || end.Defer != nil || !f.unasked(end, c) {
		return nil
	}
	for _, word := range f.Classes() {
		if word == c {
			continue
		}
		if told := f.toldTo(word, op, end); told != nil && !f.doesMore(decl, told, end) && !f.awaitsSomebody(decl, told) {
			return end.Node
		}
	}
	if f.waitsForSender(op, end) && !f.awaitsSomebody(decl, end) {
		return end.Node
	}
	if told := f.cancelledBefore(op, end); told != nil && !f.doesMore(decl, told, end) && !f.awaitsSomebody(decl, told) {
		return end.Node
	}
	return nil
}

// waitsForSender reports whether a function waits for the goroutine of a send behind a close of
// the channel, by a group of the same object.
//
//	func (t *T) Stop() { close(t.lines); close(t.stop); t.wg.Wait() }
func (f *Facts) waitsForSender(send, end *ClassOp) bool {
	for _, wait := range f.groups().byFn[end.Fn] {
		if wait.Kind != Wait || wait.Deferred != nil || wait.Call.Pos() < end.Node.End() || !f.ofReceiver(end.Fn.(*ast.FuncDecl), wait.Group) {
			continue
		}
		for _, done := range f.groups().byFn[send.Fn] {
			if done.Kind == Done && f.field(done.Group) == f.field(wait.Group) {
				_, always := f.pkg.Flow(end.Fn).Precedes(end.Node, wait.Call)
				return always
			}
		}
	}
	return false
}

// cancelledBefore returns the call of a CancelFunc by which a function, before a close, tells
// the goroutine of a send, which listens to a context.
//
//	func (p *T) Close() { p.cancel(); close(p.out) }
func (f *Facts) cancelledBefore(send, end *ClassOp) *ClassOp {
	if send.Select == nil || !f.listensToContext(send.Select) {
		return nil
	}
	for _, call := range f.callsIn(end.Fn) {
		if f.isCancel(call) && call.End() < end.Node.Pos() && f.field(call.Fun) != nil {
			return &ClassOp{Node: call, Fn: end.Fn}
		}
	}
	return nil
}

func (f *Facts) listensToContext(s *ast.SelectStmt) bool {
	return slices.ContainsFunc(s.Body.List, func(c ast.Stmt) bool {
		receive := receiveOf(c.(*ast.CommClause).Comm)
		return receive != nil && f.isOfContext(receive)
	})
}

// sendsAgain reports whether a send stands in a loop of a function that only
// runs as a goroutine, holds no lock and recovers from nothing.
func (f *Facts) sendsAgain(op *ClassOp) bool {
	if len(f.startedOnly(op.Fn)) == 0 || op.Defer != nil || len(f.loopsAround(op.Fn, op.Node)) == 0 {
		return false
	}
	return f.sendsUnprotected(op)
}

// sendsForCallers reports whether a send is a case of a select in a method which other packages
// can call at any time.
func (f *Facts) sendsForCallers(op *ClassOp) bool {
	decl, ok := op.Fn.(*ast.FuncDecl)
	return ok && op.Select != nil && op.Defer == nil && decl.Recv != nil && decl.Name.IsExported() && f.ownerExported(decl) && f.sendsUnprotected(op)
}

// sendsUnprotected reports whether a send is made with no lock held, in a function that recovers
// from nothing.
func (f *Facts) sendsUnprotected(op *ClassOp) bool {
	held, ok := f.pkg.Held(op.Fn, op.Node)
	recovers := false
	f.pkg.Inspect(op.Fn, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		recovers = recovers || isCall && f.isBuiltin(call, "recover")
		return !recovers
	})
	return ok && len(held) == 0 && !recovers
}

// toldTo returns the close of the channels of a class by which a function, before
// another close, tells the goroutine of a send, which listens to them.
func (f *Facts) toldTo(word *Class, send, end *ClassOp) *ClassOp {
	listens := slices.ContainsFunc(word.Of(Receive), func(r *ClassOp) bool { return r.Fn == send.Fn && r.Select != nil })
	if !listens || word.Replaced {
		return nil
	}
	for _, told := range word.Of(Close) {
		if told.Fn == end.Fn && told.Defer == nil && told.Node.Pos() < end.Node.Pos() {
			return told
		}
	}
	return nil
}

// awaitsSomebody reports whether a function may have waited for somebody by the time it gives
// the word: for anything but a signal of the system, a clock, or the end of a context.
func (f *Facts) awaitsSomebody(decl *ast.FuncDecl, told *ClassOp) (waits bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if n.Pos() > told.Node.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.UnaryExpr:
			waits = waits || isArrow(n) && !f.fromOutside(n)
		case *ast.SelectStmt, *ast.SendStmt:
			waits = true
		case *ast.CallExpr:
			_, builtin := f.pkg.Callee(n).(*types.Builtin)
			waits = waits || !builtin && !f.isLocking(n) && !f.isCancel(n) && !f.isCallOf(n, "os/signal.Notify") && !f.isCallOf(n, "(*sync.WaitGroup).Add")
		case *ast.RangeStmt:
			_, isChan := f.pkg.TypeOf(n.X).Underlying().(*types.Chan)
			waits = waits || isChan
		}
		return !waits
	})
	return waits
}

// fromOutside reports whether a receive is of what no goroutine of the program gives: a
// signal, a tick, the end of a context.
func (f *Facts) fromOutside(receive *ast.UnaryExpr) bool {
	ch, ok := f.pkg.TypeOf(receive.X).Underlying().(*types.Chan)
	return ok && (facts.TypeIs(ch.Elem(), "os.Signal", "time.Time") || f.isOfContext(receive))
}

// doesMore reports whether a function does anything from one close to another, but close
// other channels, cancel a context, lock and unlock: it may wait for somebody.
func (f *Facts) doesMore(decl *ast.FuncDecl, told, end *ClassOp) (more bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if n.Pos() > end.Node.Pos() {
			return false
		}
		if n.End() <= told.Node.Pos() || n.Pos() < told.Node.Pos() && n.End() >= end.Node.End() {
			return true // before both, or around
		}
		switch n := n.(type) {
		case *ast.UnaryExpr, *ast.SendStmt, *ast.SelectStmt, *ast.RangeStmt, *ast.ForStmt, *ast.IfStmt, *ast.SwitchStmt, *ast.FuncLit:
			more = true
		case *ast.CallExpr:
			more = more || !f.isBuiltin(n, "close") && !f.isLocking(n) && !f.isCancel(n)
		}
		return !more
	})
	return more
}

// isLocking reports whether a call is of a method of a lock.
func (f *Facts) isLocking(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync" && (fn.Name() == "Lock" || fn.Name() == "Unlock")
}

// isCancel reports whether a call is of a context's CancelFunc.
func (f *Facts) isCancel(call *ast.CallExpr) bool {
	return facts.TypeIs(f.pkg.TypeOf(call.Fun), "context.CancelFunc")
}
