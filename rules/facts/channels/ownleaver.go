package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// leavesByItself is [Facts.leavesUnder] of a receiver of the package's own: on its way out,
// which need not be the end of the channel, it takes itself out of what the sender goes
// through, by a function that takes the lock.
//
//	func (h *Hub) Broadcast(m []byte) { h.mu.Lock(); for c := range h.clients { c.out <- m }; h.mu.Unlock() }
//	func (c *Client) loop()           { for m := range c.out { if c.write(m) != nil { c.hub.remove(c); return } } }
//	func (h *Hub) remove(c *Client)   { h.mu.Lock(); delete(h.clients, c); h.mu.Unlock() }
func (f *Facts) leavesByItself(c *Class, lock types.Object, h facts.Holding, sender ast.Node) (needs *ast.CallExpr, ends ast.Node) {
	op := f.soleReceipt(c)
	if op == nil || op.Fn == sender {
		return nil, nil
	}
	told := func(e facts.Edge) bool { return f.toldWhenOut(c, e, lock, h) }
	out := f.callsOut(op, told)
	if needs, ends := f.takesOutUnder(c, op.Fn, lock, h); needs != nil && slices.Contains(out, needs) {
		return needs, ends
	}
	for _, call := range out {
		fn, _ := f.pkg.Callee(call).(*types.Func)
		decl := f.pkg.Declaration(fn)
		if decl == nil || decl.Body == nil || ast.Node(decl) == sender || f.receivesIn(c, decl) {
			continue
		}
		if needs, ends := f.takesOutUnder(c, decl, lock, h); needs != nil {
			return needs, ends
		}
	}
	return nil, nil
}

// soleReceipt is the one operation that receives from the channels of a class, in a loop;
// nil where there are several or none.
func (f *Facts) soleReceipt(c *Class) (sole *ClassOp) {
	for _, op := range c.Of(Receive, Range) {
		if op.Test {
			continue
		}
		if sole != nil {
			return nil
		}
		sole = op
	}
	if sole == nil || sole.Defer != nil || sole.Kind != Range && len(f.loopsAround(sole.Fn, sole.Node)) == 0 {
		return nil
	}
	return sole
}

// callsOut are the calls that the function of a receipt makes when it is done with receiving,
// though the channel has not ended: deferred ones among them.
func (f *Facts) callsOut(op *ClassOp, told func(facts.Edge) bool) (all []*ast.CallExpr) {
	flow := f.pkg.Flow(op.Fn)
	if flow == nil {
		return nil
	}
	receipt, ok := flow.At(op.Node)
	if !ok {
		return nil
	}
	for _, call := range f.callsIn(op.Fn) {
		at, ok := flow.At(call)
		if ok && !flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, receipt, nil) && f.comesBefore(op, call, told) {
			all = append(all, call)
		}
	}
	if f.comesBefore(op, nil, told) {
		all = append(all, f.callsPutOff(op.Fn)...)
	}
	return all
}

// comesBefore reports whether the function of a receipt can come from it to a call, or out
// where there is none, without hearing of the end of the channel, and without being told.
func (f *Facts) comesBefore(op *ClassOp, call *ast.CallExpr, told func(facts.Edge) bool) bool {
	ended := f.hearsOfEnd(op)
	s := &search{
		f: f, fn: op.Fn, flow: f.pkg.Flow(op.Fn), from: op.Node,
		covered: func(ast.Node) bool { return false },
		crossed: func(from *facts.Block, e facts.Edge) bool { return told(e) || ended(from, e) },
	}
	if call != nil {
		s.until = func(n ast.Node) bool { return n.Pos() <= call.Pos() && call.End() <= n.End() }
	}
	return s.out() != nil && !s.lost
}

// hearsOfEnd tells of edges whether the receiver knows behind them that the channel has ended.
func (f *Facts) hearsOfEnd(op *ClassOp) func(*facts.Block, facts.Edge) bool {
	if loop, ok := op.Node.(*ast.RangeStmt); ok {
		return func(from *facts.Block, e facts.Edge) bool { return f.ends(from, e, loop) }
	}
	asked := f.okOf(op)
	return func(_ *facts.Block, e facts.Edge) bool {
		return asked != nil && e.Cond != nil && (f.Variable(e.Cond) == asked && !e.Truth || f.isNot(e.Cond, asked) && e.Truth)
	}
}

// toldWhenOut reports whether an edge leads into the case of a channel that is closed only by who has
// taken the receiver out, under the lock, before: nobody sends to it any more.
func (f *Facts) toldWhenOut(c *Class, e facts.Edge, lock types.Object, h facts.Holding) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok {
		return false
	}
	receive := receiveOf(clause.Comm)
	if receive == nil {
		return false
	}
	by := f.Class(receive.X)
	if by == nil || by == c || by.Takes || by.Serves || len(by.Of(Close)) == 0 || len(by.Of(Send)) > 0 {
		return false
	}
	return !slices.ContainsFunc(by.Of(Close), func(op *ClassOp) bool {
		needs, _ := f.takesOutUnder(c, op.Fn, lock, h)
		return needs == nil || op.Node.Pos() < needs.Pos()
	})
}

// callsPutOff are the calls that a function puts off, those in literals among them.
func (f *Facts) callsPutOff(fn ast.Node) (all []*ast.CallExpr) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			if lit, ok := ast.Unparen(n.Call.Fun).(*ast.FuncLit); ok {
				all = append(all, f.callsIn(lit)...)
			} else {
				all = append(all, n.Call)
			}
			return false
		}
		return true
	})
	return all
}
