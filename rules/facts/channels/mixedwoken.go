package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// mixedWoken returns a Signal that may wake somebody who waits for something else: at one
// Cond several wait for room and several for a value, say, and each wakes one.
//
//	func (q *queue) Put(v int) { …; for len(q.items) == q.max { q.cond.Wait() }; …; q.cond.Signal() }
//	func (q *queue) Get() int  { …; for len(q.items) == 0 { q.cond.Wait() }; …; q.cond.Signal() }
//
// While the woken ones are on their way more of both kinds begin to wait; then a Get wakes
// the next Get, which finds nothing and waits on, and no Put hears of the room. One who gets is
// enough for that, where several put.
func (f *Facts) mixedWoken(c *condClass, w *condCall) ast.Node {
	cond := f.conditionOf(w)
	if cond == nil || f.inTest(w.call) {
		return nil
	}
	for _, other := range c.waits {
		if other.call.Pos() <= w.call.Pos() || other.fn == w.fn || !f.severalWait(w) && !f.severalWait(other) {
			continue // the first of the two is told of
		}
		shared := f.waitApart(cond, f.conditionOf(other))
		if len(shared) == 0 || f.wokenOtherwise(c, shared) {
			continue
		}
		if f.signalBehind(c, w) != nil && f.signalBehind(c, other) != nil {
			return f.signalBehind(c, w)
		}
	}
	return nil
}

// wokenOtherwise reports whether one of who signals may wake them all, or more than one, where some
// fields change: a loop of Signals, or a Broadcast by a function that changes them, or that is not a
// function with a name.
//
//	func (q *queue) Close() { q.closed = true; q.cond.Broadcast() } // does not
func (f *Facts) wokenOtherwise(c *condClass, fields map[types.Object]bool) bool {
	for _, s := range c.signals {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || len(loopsOf(s.stack)) > 0 || f.inTest(s.call) {
			return true
		}
		decl, named := s.fn.(*ast.FuncDecl)
		if sel.Sel.Name != "Signal" && (!named || !ending.MatchString(decl.Name.Name) || f.changesAny(decl, fields)) {
			return true
		}
	}
	return false
}

// waitApart returns the fields that both of two conditions are about, where each compares them with
// something else, and must.
func (f *Facts) waitApart(a, b ast.Expr) map[types.Object]bool {
	if b == nil || f.callsMore(a) || f.callsMore(b) {
		return nil
	}
	shared := map[types.Object]bool{}
	for _, x := range conjuncts(a) {
		for _, y := range conjuncts(b) {
			for field := range f.comparedApart(x, y) {
				shared[field] = true
			}
		}
	}
	return shared
}

// comparedApart returns the fields of two comparisons with different things.
func (f *Facts) comparedApart(a, b ast.Expr) map[types.Object]bool {
	x, ok := comparison(a)
	y, ok2 := comparison(b)
	if !ok || !ok2 || f.same(x.Y, y.Y) || f.lastField(x.Y) != nil && f.lastField(x.Y) == f.lastField(y.Y) {
		return nil
	}
	shared := map[types.Object]bool{}
	fields := f.fieldsIn(x.X)
	for field := range f.fieldsIn(y.X) {
		if fields[field] {
			shared[field] = true
		}
	}
	return shared
}

// comparison returns a condition that compares, or says that something does not compare so.
func comparison(cond ast.Expr) (*ast.BinaryExpr, bool) {
	cond = ast.Unparen(cond)
	if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		cond = ast.Unparen(not.X)
	}
	x, ok := cond.(*ast.BinaryExpr)
	if !ok {
		return nil, false
	}
	switch x.Op {
	case token.EQL, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return x, true
	}
	return nil, false
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
