package sharing

import (
	"go/ast"
	"go/types"
)

// lendsOn reports whether a call gives a variable to a function of the package that sends it over a
// channel, or what it holds, or keeps that in a map or list, or starts a goroutine with it, and then may come back without a wait.
//
//	func (c *camera) emit(buf *bytes.Buffer) { c.out <- buf.Bytes() }
func (f *Facts) lendsOn(call *ast.CallExpr, v *types.Var) bool {
	callee := f.decls[originOf(f.pkg.Callee(call))]
	if callee == nil || callee == f.around(call) {
		return false
	}
	params := callee.obj.Signature().Params()
	for i, arg := range call.Args {
		if f.isVariable(arg, v) && i < params.Len() && f.keepsValue(callee, params.At(i)) && f.lendsParameter(callee, params.At(i)) {
			return true
		}
	}
	return false
}

func (f *Facts) lendsParameter(callee *function, param *types.Var) (does bool) {
	f.pkg.Inspect(callee.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt:
			does = does || (f.lends(n.Value, param) || f.holdsPooled(callee, n.Value, param, 4)) && f.comesBack(callee, n)
		case *ast.AssignStmt:
			does = does || f.collects(callee, n, param) && f.comesBack(callee, n)
		case *ast.GoStmt:
			does = does || f.mentions(n.Call, param) && f.comesBack(callee, n)
			return false
		}
		return !does
	})
	return does
}

// comesBack reports whether a function may return behind a node without a wait.
func (f *Facts) comesBack(fn *function, n ast.Node) bool {
	flow := f.pkg.Flow(fn.node)
	from, ok := flow.At(n)
	return ok && f.leads(flow, from, nil, f.waitsBehind)
}
