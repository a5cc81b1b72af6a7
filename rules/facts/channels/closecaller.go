package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

func isArrow(x *ast.UnaryExpr) bool { return x.Op == token.ARROW }

// closedByCaller returns a call of the exported method that closes a channel, always
// and without asking, by a goroutine of the package: who uses the type calls the
// method, too, and cannot know whether the goroutine has.
func (f *Facts) closedByCaller(c *Class, op *ClassOp) ast.Node {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || !decl.Name.IsExported() || !f.ownerExported(decl) || c.Replaced || c.Nil || c.Serves || op.Defer != nil {
		return nil
	}
	if f.pkg.OnlyTests() && len(f.callsOf(decl)) == 1 {
		return nil // nobody else uses it
	}
	if !f.unasked(op, c) || !f.unasksBefore(op) || len(c.Of(Send)) > 0 {
		return nil
	}
	for _, call := range f.callsOf(decl) {
		by := f.around(call)
		if f.inTest(call) || !f.runsAlone(by) || !f.ownReceiver(call, by) {
			continue
		}
		if held, ok := f.pkg.Held(by, call); !ok || len(held) > 0 {
			continue
		}
		if f.comesUntold(by, call) {
			return call
		}
	}
	return nil
}

// runsAlone reports whether a function only ever runs as a goroutine: started by a
// go statement, or handed to what starts one.
func (f *Facts) runsAlone(fn ast.Node) bool {
	return len(f.startedOnly(fn)) > 0 || f.handedOnly(fn)
}

// handedOnly reports whether all that is done with a method or literal is to hand it
// to a call that runs it on a goroutine of its own.
func (f *Facts) handedOnly(fn ast.Node) bool {
	handed := f.groups().handed[fn]
	if handed == 0 {
		return false
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return true
	}
	return f.timesNamed(decl) == handed
}

// ownReceiver reports whether a call in a method is of a method of the same value.
func (f *Facts) ownReceiver(call *ast.CallExpr, by ast.Node) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	v := f.Variable(sel.X)
	return v != nil && v.Kind() == types.RecvVar && by.Pos() <= v.Pos() && v.Pos() < by.End()
}

// comesUntold reports whether a path of a goroutine's function leads to a call past
// no receive of a mere signal, and no look at a field: nobody has told it.
func (f *Facts) comesUntold(fn ast.Node, call *ast.CallExpr) bool {
	for _, cond := range conditionsAround(fn, call) {
		if f.asksOwnField(cond) {
			return false
		}
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		until:   func(n ast.Node) bool { return n == ast.Node(call) },
		covered: func(n ast.Node) bool { x, ok := n.(*ast.UnaryExpr); return ok && isArrow(x) && f.isSignal(x) },
	}
	return s.out() != nil
}

// isSignal reports whether a receive takes no value: of a context's Done, or of a
// channel of empty structs.
func (f *Facts) isSignal(receive *ast.UnaryExpr) bool {
	ch, ok := f.pkg.TypeOf(receive.X).Underlying().(*types.Chan)
	return ok && f.isEmpty(ch)
}
