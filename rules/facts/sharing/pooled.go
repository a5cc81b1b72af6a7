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
	v, ok := f.pkg.Info.ObjectOf(id).(*types.Var)
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
