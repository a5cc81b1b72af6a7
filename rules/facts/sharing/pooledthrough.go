package sharing

import (
	"go/ast"
	"go/types"
)

// pooledThrough names the sync.Pool from which the function of a call gets what it returns, or into
// which it puts what it is given: a variable of the package, or a field of the receiver. That it
// puts back some of them only, as those that are not too large, does not matter to who has one.
//
//	func getBuf() *bytes.Buffer  { b := bufs.Get().(*bytes.Buffer); b.Reset(); return b }
//	func putBuf(b *bytes.Buffer) { if b.Cap() < limit { bufs.Put(b) } }
func (f *Facts) pooledThrough(call *ast.CallExpr, fn *function) (pool string) {
	n := 0
	f.pkg.Inspect(fn.body(), func(m ast.Node) bool {
		inner, ok := m.(*ast.CallExpr)
		if !ok {
			return true
		}
		callee, ok := f.pkg.Callee(inner).(*types.Func)
		sel, isSel := ast.Unparen(inner.Fun).(*ast.SelectorExpr)
		if !ok || !isSel || callee.FullName() != "(*sync.Pool)."+callee.Name() {
			return true
		}
		n++
		if callee.Name() == "Get" && f.returnsCall(fn, inner) || callee.Name() == "Put" && f.putsParameter(fn, inner) {
			pool = f.poolSeenFrom(call, fn, sel.X)
		}
		return true
	})
	if n != 1 {
		return ""
	}
	return pool
}

// poolSeenFrom names the pool that a called function names, as the caller would: "" where that is
// neither a variable of the package nor a field of its receiver.
func (f *Facts) poolSeenFrom(call *ast.CallExpr, fn *function, pool ast.Expr) string {
	if of, ok := f.holder(pool).(*types.Var); ok && of.Kind() == types.PackageVar {
		return types.ExprString(pool)
	}
	field, ok := ast.Unparen(pool).(*ast.SelectorExpr)
	method, isMethod := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !isMethod || fn.obj == nil || fn.obj.Signature().Recv() == nil || !f.isVariable(field.X, fn.obj.Signature().Recv()) {
		return ""
	}
	return types.ExprString(method.X) + "." + field.Sel.Name
}

// returnsCall reports whether a function returns what a call in it gives.
func (f *Facts) returnsCall(fn *function, call *ast.CallExpr) bool {
	value := f.returnedValue(fn)
	return value != nil && callWithin(value) == call
}

// putsParameter reports whether a call gets a parameter of its function.
func (f *Facts) putsParameter(fn *function, call *ast.CallExpr) bool {
	id := variableOf(call.Args[0])
	if id == nil || fn.obj == nil {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	return ok && f.isParameter(v)
}
