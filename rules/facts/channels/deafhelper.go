package channels

import "go/ast"

// deafByHelper is DeafSend of a send in a method of its own, which the loop calls on its own
// receiver, and that asks nobody before it sends.
//
//	case <-w.ticker.C: w.emit(next())   // and: case <-ctx.Done(): return
//	func (w *watcher) emit(c change)    { w.out <- c }
func (f *Facts) deafByHelper(fn ast.Node, send *ast.SendStmt) *Deaf {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() || !f.ofReceiver(decl, send.Chan) || f.hasRoom(send.Chan) || f.inTest(send) || f.asksState(decl, send) || !f.onlyCalled(decl) {
		return nil
	}
	if f.drained(send.Chan) || f.answersAsker(fn, send) {
		return nil
	}
	for _, call := range f.callsOf(decl) {
		by := f.around(call)
		if !f.ownReceiver(call, by) || f.startsWith(by, call) || !f.comesBack(by, call) {
			continue
		}
		loops := f.loopsAround(by, call)
		if len(loops) == 0 || f.endsReceivers(by, send) || f.outlasted(by, send) || f.answersAsker(by, send) {
			continue
		}
		if clause, quit := f.quitIn(loops[0], by); clause != nil && !f.same(quit.X, send.Chan) {
			return &Deaf{send, quit, clause, call}
		}
	}
	return nil
}
