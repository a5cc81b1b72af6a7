package channels

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

// A closing is where the function of a goroutine closes a channel: by a close of its own, or by
// the call of a method of its receiver that does.
type closing struct {
	start starter
	decl  *ast.FuncDecl
	at    ast.Node
}

// closedByBoth returns where another goroutine closes the channel of a field, if one function
// starts both for one object, and each closes on every way out, without asking.
//
//	go c.readLoop()                                 // defer c.shutdown()
//	go c.writeLoop()                                // defer c.shutdown()
//	func (c *conn) shutdown() { close(c.done) }
//
// It is told once: of the close in the method that both call, or of the second close in the text.
func (f *Facts) closedByBoth(c *Class, op *ClassOp) ast.Node {
	if c.Replaced || c.Nil || c.Serves {
		return nil
	}
	own := f.closings(c, op)
	for _, other := range c.Of(Close) {
		if other.Node.Pos() > op.Node.Pos() {
			continue
		}
		for _, a := range own {
			for _, b := range f.closings(c, other) {
				if a.at != b.at && a.at.Pos() > b.at.Pos() && f.startedTogether(a, b) {
					return a.at
				}
			}
		}
	}
	return nil
}

// closings returns where goroutines of the package surely come to a close.
func (f *Facts) closings(c *Class, op *ClassOp) (all []closing) {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || op.Test || !f.ofReceiver(decl, op.Chan) || !f.unasked(op, c) || f.underLock(decl, op.Node) || f.recovers(decl) {
		return nil
	}
	if start, alone := f.onlyStart(decl); alone {
		if f.surelyDoes(decl, op.Node) {
			all = append(all, closing{start, decl, op.Node})
		}
		return all
	}
	if decl.Name.IsExported() || !f.onlyCalled(decl) || op.Defer != nil || !f.surelyDoes(decl, op.Node) {
		return nil
	}
	for _, call := range f.callsOf(decl) {
		by, ok := f.around(call).(*ast.FuncDecl)
		if !ok || !f.ownReceiver(call, by) || len(conditionsAround(by, call)) > 0 || f.underLock(by, call) {
			continue
		}
		if start, alone := f.onlyStart(by); alone && f.surelyDoes(by, call) {
			all = append(all, closing{start, by, call})
		}
	}
	return all
}

// recovers reports whether a function defers a literal that recovers: that a channel is closed
// already is no surprise to it.
//
//	defer func() { recover() }()
//	close(c.done)
func (f *Facts) recovers(decl *ast.FuncDecl) (does bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			lit, isLit := ast.Unparen(d.Call.Fun).(*ast.FuncLit)
			does = does || isLit && f.callsRecover(lit)
		}
		_, literal := n.(*ast.FuncLit)
		return !literal && !does
	})
	return does
}

// onlyStart returns the one go statement that runs a function, if nothing else does.
func (f *Facts) onlyStart(fn ast.Node) (start starter, alone bool) {
	starts := f.startedOnly(fn)
	if len(starts) != 1 {
		return starter{}, false
	}
	return starts[0], true
}

// underLock reports whether a lock may be held at a node.
func (f *Facts) underLock(fn, n ast.Node) bool {
	held, ok := f.pkg.Held(fn, n)
	return !ok || len(held) > 0
}

// surelyDoes reports whether a function comes to a node of it on every way out, or has put it
// off before.
func (f *Facts) surelyDoes(fn *ast.FuncDecl, n ast.Node) bool {
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(m ast.Node) bool {
			d, ok := m.(*ast.DeferStmt)
			return m == n || ok && ast.Node(d.Call) == n
		},
		leaves: func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.out() == nil && !s.lost && f.Leads(fn, nil, nil, func(ast.Node) bool { return false })
}

// startedTogether reports whether one function starts the goroutines of two closings for one
// object, on one way.
func (f *Facts) startedTogether(a, b closing) bool {
	x, ok := ast.Unparen(a.start.stmt.Call.Fun).(*ast.SelectorExpr)
	y, also := ast.Unparen(b.start.stmt.Call.Fun).(*ast.SelectorExpr)
	if !ok || !also || a.decl == b.decl || a.start.in != b.start.in || !f.same(x.X, y.X) {
		return false
	}
	flow := f.pkg.Flow(a.start.in)
	one, _ := flow.Follows(a.start.stmt, b.start.stmt)
	other, _ := flow.Follows(b.start.stmt, a.start.stmt)
	return one || other
}
