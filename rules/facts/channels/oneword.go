package channels

import (
	"go/ast"
	"slices"
)

// OneWord returns the one send of a word by which each of several goroutines ends that receive
// it here, and what starts them, in a loop: all others wait on, since nobody closes the
// channel.
//
//	for range n { go w.run() } // run ends by <-w.quit
//	w.quit <- true             // ends one
func (f *Facts) OneWord(receive *ast.UnaryExpr) (word ast.Node, start ast.Node) {
	c := f.Class(receive.X)
	if c == nil {
		return f.oneLocalWord(receive)
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(receive) })
	if i < 0 {
		return nil, nil
	}
	send, start := f.oneWord(c, c.Ops[i])
	if send == nil {
		return nil, nil
	}
	return send.Node, start
}

// oneLocalWord is the same of a channel that a local variable holds.
func (f *Facts) oneLocalWord(receive *ast.UnaryExpr) (word ast.Node, start ast.Node) {
	v := f.Variable(receive.X)
	t := f.Trace(v)
	if t == nil {
		t = f.traceOfParameter(v)
	}
	if t == nil || t.Unknown != nil || !f.isToken(receive.X) || len(t.Of(Close, Range)) > 0 || len(t.Of(Receive)) != 1 || len(t.Of(Send)) != 1 || f.endsTheProgram(t.Fn) {
		return nil, nil
	}
	r, send := t.Of(Receive)[0], t.Of(Send)[0]
	if r.Node != ast.Node(receive) || r.Thread.Loop == nil || r.Thread.In != t.Home || !r.Direct() || f.repeats(r) || !r.Alone() && !f.returns(r.Case) {
		return nil, nil
	}
	if turns, known := f.knownTurns(r.Thread.Loop); known && turns < 2 || f.repeats(send) || send.Thread.Many() || !send.Direct() {
		return nil, nil
	}
	return send.Node, r.Thread.Start
}

func (f *Facts) oneWord(c *Class, r *ClassOp) (send *ClassOp, start ast.Node) {
	sends := c.Beside(r, Send)
	if c.Serves || c.Takes || c.Nil || c.Replaced || len(sends) != 1 || len(c.Beside(r, Close)) > 0 || !f.isToken(r.Chan) {
		return nil, nil
	}
	send = sends[0]
	if send.Test != r.Test || len(f.loopsAround(send.Fn, send.Node)) > 0 || !f.calledOnce(send.Fn) || send.Fn == r.Fn {
		return nil, nil
	}
	if slices.ContainsFunc(c.Beside(r, Receive, Range), func(op *ClassOp) bool { return op != r && (op.Fn == send.Fn || op.Kind == Range) }) || !f.endsBy(r) {
		return nil, nil // who else receives can only take the word away
	}
	starts := f.startedOnly(r.Fn)
	if len(starts) != 1 {
		return nil, nil
	}
	if f.sharesWord(c, r, starts[0]) {
		return send, starts[0].stmt
	}
	loops := loopsOf(starts[0].stack)
	if len(loops) != 1 {
		return nil, nil
	}
	if turns, known := f.knownTurns(loops[0]); known && turns < 2 || f.madeIn(c, loops[0]) {
		return nil, nil
	}
	return send, starts[0].stmt
}

// madeIn reports whether a channel of the class, or what it is a field of, is made in a loop.
func (f *Facts) madeIn(c *Class, loop ast.Stmt) bool {
	return slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool { return loop.Pos() <= made.Pos() && made.End() <= loop.End() })
}

// endsBy reports whether a function leaves when it has received.
func (f *Facts) endsBy(r *ClassOp) bool {
	if r.Kind == Range || f.repeats(&Op{Fn: r.Fn, Node: r.Node}) {
		return false
	}
	return r.Alone() || f.returns(r.Case)
}
