package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// closedByHelper returns a call, by a goroutine of the package, of the unexported method that closes
// a channel, always and without asking, if an exported method of the object calls it in the same way:
// who ends the object cannot know whether the goroutine has.
//
//	go s.recv()                                      // … s.shutdown() when the other side is gone
//	func (s *Session) Close() error { s.shutdown(); return nil }
//	func (s *Session) shutdown()    { close(s.done) }
func (f *Facts) closedByHelper(c *Class, op *ClassOp) ast.Node {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || decl.Name.IsExported() || c.Replaced || c.Nil || c.Serves || op.Defer != nil {
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
		case isMethod && f.calledFreely(method) && len(conditionsAround(by, call)) == 0 && !f.recovers(method):
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

// calledFreely reports whether others can call a method at any time: it is part of the API, or a function
// of the package that is no method of the object, nor told by anybody, calls it.
//
//	c := newConn(nc)   // go c.readLoop()
//	defer c.Close()
func (f *Facts) calledFreely(method *ast.FuncDecl) bool {
	if f.ownerExported(method) {
		return method.Name.IsExported()
	}
	if !f.onlyCalled(method) && !method.Name.IsExported() {
		return false // handed to somebody
	}
	freely := func(call *ast.CallExpr) bool {
		by, ok := f.around(call).(*ast.FuncDecl)
		if !ok || f.inTest(call) || f.ownReceiver(call, by) || f.recovers(by) || f.underLock(by, call) {
			return false
		}
		return len(conditionsAround(by, call)) == 0 && f.unasksBefore(&ClassOp{Fn: by, Node: call}) && f.comesUntold(by, call)
	}
	return slices.ContainsFunc(f.callsOf(method), freely) || slices.ContainsFunc(f.callsThroughInterface(method), freely)
}

// callsThroughInterface returns the calls of a method of an interface that a method may implement, if the
// package makes an interface of the receiver's type.
//
//	func dial() transport { t := &conn{…}; go t.read(); return t }
//	t := dial(); defer t.Close()
func (f *Facts) callsThroughInterface(method *ast.FuncDecl) (all []*ast.CallExpr) {
	fn, ok := f.pkg.Def(method.Name).(*types.Func)
	if !ok || !f.becomesInterface(fn.Signature().Recv().Type()) {
		return nil
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			called, ok := f.pkg.Callee(call).(*types.Func)
			if !ok || called.Name() != fn.Name() || called.Signature().Recv() == nil || called.Pkg() != fn.Pkg() {
				return true
			}
			if i, ok := called.Signature().Recv().Type().Underlying().(*types.Interface); ok && types.Implements(fn.Signature().Recv().Type(), i) {
				all = append(all, call)
			}
			return true
		})
	}
	return all
}

// becomesInterface reports whether a function of the package returns an object of a type as an interface.
func (f *Facts) becomesInterface(t types.Type) (does bool) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.FuncDecl)
			if !ok || decl.Body == nil || decl.Type.Results == nil {
				return !does
			}
			results := f.pkg.Def(decl.Name).(*types.Func).Signature().Results()
			f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
				if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == results.Len() {
					for i, x := range ret.Results {
						does = does || types.IsInterface(results.At(i).Type()) && types.Identical(f.pkg.TypeOf(x), t)
					}
				}
				_, literal := n.(*ast.FuncLit)
				return !literal && !does
			})
			return false
		})
	}
	return does
}
