package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// UnheardStop returns the close of a stop channel to which nobody listens, where a goroutine of the
// same object sends again and again, without an alternative, to who may turn away after each value:
// the close should end it, and does not.
//
//	go func() { defer close(c.rows); for … { c.rows <- row } }()
//	func (c *Cursor) Next() (Row, bool) { r, ok := <-c.rows; return r, ok }
//	func (c *Cursor) Close()            { close(c.stop) }
func (f *Facts) UnheardStop(fn ast.Node, send *ast.SendStmt) ast.Node {
	sel, ok := ast.Unparen(send.Chan).(*ast.SelectorExpr)
	if !ok || f.isCase(fn, send) || f.inTest(send) || !f.repeats(&Op{Fn: fn, Node: send}) || !f.runsAside(fn) {
		return nil
	}
	c := f.Class(send.Chan)
	if c == nil || c.Takes || c.Nil || f.drained(send.Chan) {
		return nil
	}
	if room, known := f.Room(c); !known || room > 0 {
		return nil
	}
	receives := slices.DeleteFunc(c.Of(Receive, Range), func(op *ClassOp) bool { return op.Test })
	if len(receives) == 0 || slices.ContainsFunc(receives, func(op *ClassOp) bool { return !f.mayTurnAway(op) }) {
		return nil
	}
	return f.unheardClose(fn, sel)
}

// unheardClose returns the close of another channel of the object that a selector's channel is of:
// a mere signal, that the package closes, not the goroutine itself, and nobody receives.
func (f *Facts) unheardClose(goroutine ast.Node, of *ast.SelectorExpr) ast.Node {
	owner := f.pkg.TypeOf(of.X)
	if pointer, ok := owner.Underlying().(*types.Pointer); ok {
		owner = pointer.Elem()
	}
	st, ok := owner.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for field := range st.Fields() {
		c := f.classes()[field.Origin()]
		if c == nil || c.Takes || c.Serves || len(c.Of(Receive, Range, Send)) > 0 || len(c.Makes) == 0 || !isSignal(field.Type()) {
			continue
		}
		if closes := c.Of(Close); len(closes) > 0 && !slices.ContainsFunc(closes, func(op *ClassOp) bool { return op.Test || f.tellsOfEnd(goroutine, op) }) {
			return closes[0].Node
		}
	}
	return nil
}

// tellsOfEnd reports whether a close tells that a goroutine has ended, or how far it is: what it
// runs makes it, or who has waited for it.
func (f *Facts) tellsOfEnd(goroutine ast.Node, op *ClassOp) bool {
	if contains(goroutine, op.Node) || slices.ContainsFunc(f.callsIn(op.Fn), func(call *ast.CallExpr) bool {
		return call.Pos() < op.Node.Pos() && f.isCallOf(call, "(*sync.WaitGroup).Wait")
	}) {
		return true
	}
	decl, ok := op.Fn.(*ast.FuncDecl)
	return ok && slices.ContainsFunc(f.callsOf(decl), func(call *ast.CallExpr) bool { return contains(goroutine, call) })
}

// isSignal reports whether a type is a channel that carries nothing.
func isSignal(t types.Type) bool {
	ch, ok := t.Underlying().(*types.Chan)
	if !ok {
		return false
	}
	st, ok := ch.Elem().Underlying().(*types.Struct)
	return ok && st.NumFields() == 0
}
