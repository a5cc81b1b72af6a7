package channels

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A ReceiverClose is the close of a channel by the goroutine that alone receives from it, when that
// leaves on its own account: nobody tells those who send, and the next send panics.
//
//	func (c *conn) writeLoop() {
//		defer close(c.out)
//		for m := range c.out { if err := c.write(m); err != nil { return } }
//	}
//	func (c *conn) Send(m msg) { c.out <- m }
type ReceiverClose struct {
	Close ast.Node
	Exit  ast.Node // how the goroutine can have left: see [facts.Block.Way]
}

// ReceiverClose says so of a send, with other cases beside it or without: also a select that chooses a
// send on a closed channel panics.
func (f *Facts) ReceiverClose(fn ast.Node, send *ast.SendStmt) *ReceiverClose {
	c := f.Class(send.Chan)
	if c == nil || fn == nil || c.Serves || c.Takes || c.Nil || c.Replaced {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(send) })
	closes, receives := c.Of(Close), c.Of(Receive, Range)
	if i < 0 || c.Ops[i].Test || len(closes) != 1 || len(receives) == 0 {
		return nil
	}
	op, end := c.Ops[i], closes[0]
	if end.Fn == op.Fn || !f.runsAside(end.Fn) || f.underLock(fn, send) || f.underLock(end.Fn, end.Node) || f.mayKnow(fn, op, end.Fn) {
		return nil
	}
	if slices.ContainsFunc(receives, func(r *ClassOp) bool { return r.Fn != end.Fn }) || f.waitsForGroup(end.Fn) {
		return nil
	}
	exit := f.leavesOnItsOwn(end, receives, c)
	if exit == nil {
		return nil
	}
	return &ReceiverClose{end.Node, exit}
}

// mayKnow reports whether who sends could know that the receiver has left: it asks, it recovers, or it is
// what the receiver runs.
func (f *Facts) mayKnow(fn ast.Node, send *ClassOp, receiver ast.Node) bool {
	if decl, ok := fn.(*ast.FuncDecl); ok && (f.recovers(decl) || f.saidOver(fn)) {
		return true
	}
	if lit, ok := fn.(*ast.FuncLit); ok && f.callsRecover(lit) {
		return true
	}
	if contains(receiver, fn) || slices.ContainsFunc(f.startedOnly(fn), func(s starter) bool { return s.in == receiver }) {
		return true
	}
	if send.Select != nil {
		return f.asksBefore(fn, send.Select)
	}
	return f.asksBefore(fn, send.Node)
}

// waitsForGroup reports whether a function waits for a group anywhere.
func (f *Facts) waitsForGroup(fn ast.Node) (waits bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		waits = waits || ok && (f.isWait(call) || f.waitsWithin(call))
		return !waits
	})
	return waits
}

// leavesOnItsOwn returns a way out of the function of a close that it can take although nobody has told it
// to: a return behind a failure. What it is told by a channel, a context, or by what it receives, those
// who send may have told.
func (f *Facts) leavesOnItsOwn(end *ClassOp, receives []*ClassOp, c *Class) ast.Node {
	if end.Defer == nil {
		return nil
	}
	s := &search{f: f, fn: end.Fn, flow: f.pkg.Flow(end.Fn), covered: func(ast.Node) bool { return false }}
	own := make([]*Op, len(receives))
	at := map[ast.Node]bool{}
	for i, r := range receives {
		own[i] = &Op{Fn: r.Fn, Node: r.Node, Kind: r.Kind}
		at[r.Node], at[flowNode(r.Kind, r.Node)] = true, true
	}
	s.crossed = func(from *facts.Block, e facts.Edge) bool {
		if slices.ContainsFunc(receives, func(r *ClassOp) bool { loop, ok := r.Node.(*ast.RangeStmt); return ok && f.ends(from, e, loop) }) {
			return true
		}
		if clause, ok := e.Case.(*ast.CommClause); ok && clause.Comm != nil && (!holdsAny(clause.Comm, at) || isOrder(clause)) {
			return true
		}
		return f.poisoned(end.Fn, e, at) || f.asksClosed(end.Fn, e, at)
	}
	exit := s.out()
	if exit == nil || s.lost || f.decidedBy(end.Fn, exit, own) {
		return nil
	}
	return exit
}

// isOrder reports whether a case leaves whatever it has received: who sends tells it to.
//
//	case <-c.done: return
func isOrder(clause *ast.CommClause) bool {
	if _, drops := clause.Comm.(*ast.ExprStmt); !drops || len(clause.Body) == 0 {
		return false
	}
	_, leaves := clause.Body[len(clause.Body)-1].(*ast.ReturnStmt)
	return leaves
}
