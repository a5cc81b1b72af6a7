package channels

import (
	"go/ast"
	"go/token"
)

// mixedWoken returns a Signal that may wake somebody who waits for something else: at one
// Cond several wait for room and several for a value, say, and each wakes one.
//
//	func (q *queue) Put(v int) { …; for len(q.items) == q.max { q.cond.Wait() }; …; q.cond.Signal() }
//	func (q *queue) Get() int  { …; for len(q.items) == 0 { q.cond.Wait() }; …; q.cond.Signal() }
//
// While the woken ones are on their way more of both kinds begin to wait; then a Get wakes
// the next Get, which finds nothing and waits on, and no Put hears of the room.
func (f *Facts) mixedWoken(c *condClass, w *condCall) ast.Node {
	cond := conditionOf(w)
	if cond == nil || !f.severalWait(w) || f.inTest(w.call) {
		return nil
	}
	for _, s := range c.signals {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Signal" || len(loopsOf(s.stack)) > 0 || f.inTest(s.call) {
			return nil
		}
	}
	for _, other := range c.waits {
		if other.call.Pos() <= w.call.Pos() || other.fn == w.fn || !f.severalWait(other) || !f.waitApart(cond, conditionOf(other)) {
			continue // the first of the two is told of
		}
		if f.signalBehind(c, w) != nil && f.signalBehind(c, other) != nil {
			return f.signalBehind(c, w)
		}
	}
	return nil
}

// waitApart reports whether two conditions are about one field, and compare it with two things.
func (f *Facts) waitApart(a, b ast.Expr) bool {
	x, ok := ast.Unparen(a).(*ast.BinaryExpr)
	y, ok2 := ast.Unparen(b).(*ast.BinaryExpr)
	if b == nil || !ok || !ok2 || f.callsMore(a) || f.callsMore(b) || f.same(x.Y, y.Y) {
		return false
	}
	for _, e := range []*ast.BinaryExpr{x, y} {
		switch e.Op {
		case token.EQL, token.LSS, token.LEQ, token.GTR, token.GEQ:
		default:
			return false
		}
	}
	shared := false
	fields := f.fieldsIn(x.X)
	for field := range f.fieldsIn(y.X) {
		shared = shared || fields[field]
	}
	return shared
}

// signalBehind returns the Signal of the function of a Wait, behind it.
func (f *Facts) signalBehind(c *condClass, w *condCall) ast.Node {
	for _, s := range c.signals {
		if s.fn == w.fn && s.call.Pos() > w.call.Pos() {
			return s.call
		}
	}
	return nil
}
