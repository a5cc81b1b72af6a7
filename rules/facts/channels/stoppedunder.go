package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// StoppedUnder returns the close of the channel of a send by which another
// function takes it away under the goroutine that sends: it gives the goroutine
// the word to end, by the close of a channel that this listens to, and closes the
// other at once, without having waited for it.
//
//	func (s *T) Stop() { close(s.quit); close(s.out) }
func (f *Facts) StoppedUnder(send *ast.SendStmt) ast.Node {
	c := f.Class(send.Chan)
	if c == nil || c.Serves || c.Nil || c.Replaced {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(send) })
	closes := c.Of(Close)
	if i < 0 || len(closes) != 1 || c.Ops[i].Test || closes[0].Test || !f.sendsAgain(c.Ops[i]) {
		return nil
	}
	op, end := c.Ops[i], closes[0]
	decl, ok := end.Fn.(*ast.FuncDecl)
	if !ok || end.Defer != nil || !f.unasked(end, c) || f.doesMore(decl, end) {
		return nil
	}
	for _, word := range f.Classes() {
		if word != c && f.toldTo(word, op, end) {
			return end.Node
		}
	}
	return nil
}

// sendsAgain reports whether a send stands in a loop of a function that only
// runs as a goroutine, holds no lock and recovers from nothing.
func (f *Facts) sendsAgain(op *ClassOp) bool {
	if len(f.startedOnly(op.Fn)) == 0 || op.Defer != nil || len(f.loopsAround(op.Fn, op.Node)) == 0 {
		return false
	}
	held, ok := f.pkg.Held(op.Fn, op.Node)
	recovers := false
	ast.Inspect(op.Fn, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		recovers = recovers || isCall && f.isBuiltin(call, "recover")
		return !recovers
	})
	return ok && len(held) == 0 && !recovers
}

// toldTo reports whether a function closes the channels of a class before
// another, and the goroutine of a send listens to them.
func (f *Facts) toldTo(word *Class, send, end *ClassOp) bool {
	listens := slices.ContainsFunc(word.Of(Receive), func(r *ClassOp) bool { return r.Fn == send.Fn && r.Select != nil })
	return listens && !word.Replaced && slices.ContainsFunc(word.Of(Close), func(told *ClassOp) bool {
		return told.Fn == end.Fn && told.Defer == nil && told.Node.Pos() < end.Node.Pos()
	})
}

// doesMore reports whether a function does anything before a close, but close
// other channels, cancel a context, lock and unlock: it may wait for somebody.
func (f *Facts) doesMore(decl *ast.FuncDecl, end *ClassOp) (more bool) {
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if n == nil || n.Pos() > end.Node.Pos() {
			return false
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
	return types.TypeString(f.pkg.Info.TypeOf(call.Fun), nil) == "context.CancelFunc"
}
