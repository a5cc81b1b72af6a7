package channels

import (
	"go/ast"
	"slices"
)

// deafAtEnd says whether a send stands in the very case that hears of the end, of a channel to
// which another case of that select sends: there the function minds that nobody may receive any
// more. Whoever receives takes one value at a time, or can leave between two.
//
//	select {
//	case <-ctx.Done():
//		it.next <- &batch{err: ctx.Err()}
//		return
//	case it.next <- it.read():
//	}
func (f *Facts) deafAtEnd(fn ast.Node, send *ast.SendStmt, loop ast.Stmt) *Deaf {
	clause, quit := f.quitIn(loop, fn)
	if clause == nil || !slices.Contains(clause.Body, ast.Stmt(send)) || !f.sentBeside(loop, clause, send) {
		return nil
	}
	c := f.Class(send.Chan)
	if c == nil || c.Takes || c.Nil || c.Replaced {
		return nil
	}
	receives := c.Of(Receive, Range)
	if len(receives) == 0 || !slices.ContainsFunc(receives, func(op *ClassOp) bool { return !op.Test }) || slices.ContainsFunc(receives, func(op *ClassOp) bool { return !op.Test && !f.mayTurnAway(op) }) {
		return nil
	}
	return &Deaf{send, quit, clause, nil}
}

// sentBeside reports whether another case of the select of a clause sends on the same channel.
func (f *Facts) sentBeside(loop ast.Stmt, clause *ast.CommClause, send *ast.SendStmt) (beside bool) {
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectStmt)
		if !ok || !slices.Contains(sel.Body.List, ast.Stmt(clause)) {
			return true
		}
		for _, c := range sel.Body.List {
			other, ok := c.(*ast.CommClause).Comm.(*ast.SendStmt)
			beside = beside || ok && f.same(other.Chan, send.Chan)
		}
		return false
	})
	return beside
}

// mayTurnAway reports whether nothing makes whoever receives a value come for the next: it takes one
// each time it is called, has another case, or leaves its loop early.
func (f *Facts) mayTurnAway(op *ClassOp) bool {
	if loop, ok := op.Node.(*ast.RangeStmt); ok {
		return f.leavesRange(loop) && !f.leavesByValue(op.Fn, loop)
	}
	return !op.Alone() || len(f.loopsAround(op.Fn, op.Node)) == 0
}
