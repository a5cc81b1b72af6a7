package channels

import (
	"go/ast"
	"go/types"
)

// closedLater reports whether a receiver leaves where it does only because of the close of a
// channel that nobody but the function of a send closes, behind it: who makes an object ends what
// it started when he needs it no more.
//
//	e := newElection(); go e.run()       // case <-e.stop: return
//	for _, v := range votes { e.votes <- v }
//	close(e.stop)
func (f *Facts) closedLater(c *Class, send *ClassOp, r *ClassOp, exit ast.Node) bool {
	quit := f.quitOf(r, exit)
	if quit == nil || quit == c || quit.Serves || len(quit.Of(Send)) > 0 {
		return false
	}
	closes := quit.Beside(send, Close)
	if len(closes) == 0 {
		return false
	}
	at, fn := send.Node, send.Fn
	for range deepest {
		if f.closedByMaker(c, quit, closes, fn, at) {
			return true
		}
		decl, ok := fn.(*ast.FuncDecl)
		calls := f.callsOf(fn)
		if !ok || len(calls) != 1 || !f.onlyCalled(decl) {
			return false
		}
		if at, fn = calls[0], f.around(calls[0]); fn == nil {
			return false
		}
	}
	return false
}

// quitOf returns the class of the channel whose close lets a function leave at an exit, if that
// stands in a case of a select.
func (f *Facts) quitOf(r *ClassOp, exit ast.Node) *Class {
	if r.Select == nil {
		return nil
	}
	for _, other := range r.Select.Body.List {
		clause := other.(*ast.CommClause)
		receive := receiveOf(clause.Comm)
		if clause == r.Case || receive == nil || !contains(clause, exit) {
			continue
		}
		return f.Class(receive.X)
	}
	return nil
}

// closedByMaker reports whether a function makes the object, and alone closes its channel, at its
// end or behind a node.
func (f *Facts) closedByMaker(c, quit *Class, closes []*ClassOp, fn, at ast.Node) bool {
	flow := f.pkg.Flow(fn)
	for _, op := range closes {
		v := f.rootOf(op.Chan)
		if op.Fn != fn || v == nil || v.Kind() != types.LocalVar || !f.makesObject(c, v) && !f.makesObject(quit, v) {
			return false
		}
		if op.Defer != nil {
			continue
		}
		if before, _ := flow.Follows(op.Node, at); before {
			return false
		}
	}
	return true
}
