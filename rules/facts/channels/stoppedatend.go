package channels

import (
	"go/ast"
	"slices"
)

// stoppedAtEnd reports whether a receiver in a test leaves by a case of its select for which a
// method alone serves that is called when the tests end, and nobody sends any more.
//
//	func (f *fixture) loop() {
//		for {
//			select {
//			case <-f.stopped:
//				return
//			case done := <-f.triggers:
//				close(done)
//			}
//		}
//	}
//	func TestTrigger(t *testing.T) { f := start(); defer f.stop(); f.triggers <- done; … }
func (f *Facts) stoppedAtEnd(r *ClassOp, exit ast.Node) bool {
	if r.Select == nil || !r.Test {
		return false
	}
	for _, st := range r.Select.Body.List {
		clause, ok := st.(*ast.CommClause)
		if !ok || clause.Comm == nil || !contains(clause, exit) {
			continue
		}
		receive := receiveOf(clause.Comm)
		if receive == nil {
			return false
		}
		c := f.Class(receive.X)
		return c != nil && len(c.Of(Send, Close)) > 0 && !slices.ContainsFunc(c.Of(Send, Close), func(op *ClassOp) bool { return !f.calledAtEnd(op) })
	}
	return false
}

// calledAtEnd reports whether an operation stands in a function that is called by defer alone.
func (f *Facts) calledAtEnd(op *ClassOp) bool {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || op.Defer != nil || !f.onlyCalled(decl) {
		return false
	}
	calls := f.callsOf(decl)
	return len(calls) > 0 && !slices.ContainsFunc(calls, func(call *ast.CallExpr) bool { return !f.isDeferred(call) })
}

// isDeferred reports whether a defer statement makes a call.
func (f *Facts) isDeferred(call *ast.CallExpr) (deferred bool) {
	f.pkg.Inspect(f.around(call), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		deferred = deferred || ok && d.Call == call
		return !deferred
	})
	return deferred
}
