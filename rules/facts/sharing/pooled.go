package sharing

import (
	"go/ast"
	"go/types"
)

// onlyPooled reports whether a method is called, in its package, only on objects that a
// sync.Pool has given to the caller: nobody else has them.
//
//	c := s.contexts.Get().(*Context)
//	c.Reset(r)
func (f *Facts) onlyPooled(m *function) bool {
	some := false
	for _, s := range f.realSites(m) {
		if s.in == nil || s.in.test {
			continue
		}
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || s.runs != inPlace || !f.fromPool(s.in, sel.X) {
			return false
		}
		some = true
	}
	return some
}

// fromPool reports whether an expression is a local variable whose only value a sync.Pool
// has given.
func (f *Facts) fromPool(fn *function, e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok {
		return false
	}
	value := f.onlyValue(fn.outermost(), v)
	if assert, ok := value.(*ast.TypeAssertExpr); ok {
		value = ast.Unparen(assert.X)
	}
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && callee.Name() == "Get" && callee.Signature().Recv() != nil && callee.Signature().Recv().Type().String() == "*sync.Pool"
}

// recycled reports whether a method makes an access that then gives its receiver back to a
// sync.Pool, or is called, in its package, only on what goes back there, or has just come from
// there: whoever gives that back is the last who has it.
//
//	func (e *Event) Free() { e.Reset(); events.Put(e) }
func (f *Facts) recycled(m *function, at ast.Node) bool {
	if m.obj == nil || m.obj.Signature().Recv() == nil {
		return false
	}
	if f.pools(m, m.obj.Signature().Recv(), at) {
		return true
	}
	some := false
	for _, s := range f.realSites(m) {
		if s.in == nil || s.in.test {
			continue
		}
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || s.runs != inPlace || !f.fromPool(s.in, sel.X) && !f.poolsBehind(s.in, sel.X, s.call) {
			return false
		}
		some = true
	}
	return some
}

// poolsBehind reports whether a function gives an object to a sync.Pool behind a call.
func (f *Facts) poolsBehind(fn *function, object ast.Expr, behind ast.Node) bool {
	id, ok := ast.Unparen(object).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	return ok && f.pools(fn, v, behind)
}

// pools reports whether a function gives what a variable holds to a sync.Pool behind a node.
func (f *Facts) pools(fn *function, v *types.Var, behind ast.Node) (gives bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || gives || call.Pos() < behind.Pos() || len(call.Args) != 1 || !f.isVariable(call.Args[0], v) {
			return !gives
		}
		callee, ok := f.pkg.Callee(call).(*types.Func)
		gives = ok && callee.Name() == "Put" && callee.Signature().Recv() != nil && callee.Signature().Recv().Type().String() == "*sync.Pool"
		return !gives
	})
	return gives
}
