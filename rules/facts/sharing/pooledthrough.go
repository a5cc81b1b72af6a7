package sharing

import (
	"go/ast"
	"go/types"
)

// pooledThrough names the sync.Pool, a variable of the package, from which a function gets what it
// returns, or into which it puts what it is given.
//
//	func getBuf() *bytes.Buffer  { b := bufs.Get().(*bytes.Buffer); b.Reset(); return b }
//	func putBuf(b *bytes.Buffer) { bufs.Put(b) }
func (f *Facts) pooledThrough(fn *function) (pool string) {
	n := 0
	f.pkg.Inspect(fn.body(), func(m ast.Node) bool {
		call, ok := m.(*ast.CallExpr)
		if !ok {
			return true
		}
		callee, ok := f.pkg.Callee(call).(*types.Func)
		sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || !isSel || callee.FullName() != "(*sync.Pool)."+callee.Name() {
			return true
		}
		n++
		of, _ := f.holder(sel.X).(*types.Var)
		if of != nil && of.Kind() == types.PackageVar && (callee.Name() == "Get" && f.returnsCall(fn, call) || callee.Name() == "Put" && f.putsParameter(fn, call)) {
			pool = types.ExprString(sel.X)
		}
		return true
	})
	if n != 1 {
		return ""
	}
	return pool
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
