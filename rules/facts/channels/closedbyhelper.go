package channels

import "go/ast"

// closedByHelper returns a call, by a goroutine of the package, of the unexported method that closes
// a channel, always and without asking, if an exported method of the object calls it in the same way:
// who ends the object cannot know whether the goroutine has.
//
//	go s.recv()                                      // … s.shutdown() when the other side is gone
//	func (s *Session) Close() error { s.shutdown(); return nil }
//	func (s *Session) shutdown()    { close(s.done) }
func (f *Facts) closedByHelper(c *Class, op *ClassOp) ast.Node {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || decl.Name.IsExported() || !f.ownerExported(decl) || c.Replaced || c.Nil || c.Serves || op.Defer != nil {
		return nil
	}
	if len(c.Of(Send)) > 0 || !f.onlyCalled(decl) || !f.unasked(op, c) || !f.unasksBefore(op) || f.underLock(decl, op.Node) || f.recovers(decl) {
		return nil
	}
	var goroutine, user ast.Node
	for _, call := range f.callsOf(decl) {
		by := f.around(call)
		if f.inTest(call) || !f.ownReceiver(call, by) || f.underLock(by, call) {
			continue
		}
		method, isMethod := by.(*ast.FuncDecl)
		switch {
		case f.runsAlone(by):
			if f.comesUntold(by, call) {
				goroutine = call
			}
		case isMethod && method.Name.IsExported() && len(conditionsAround(by, call)) == 0 && !f.recovers(method):
			if f.unasksBefore(&ClassOp{Fn: by, Node: call}) {
				user = call
			}
		}
	}
	if user == nil {
		return nil
	}
	return goroutine
}
