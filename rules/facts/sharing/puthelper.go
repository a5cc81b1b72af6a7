package sharing

import (
	"go/ast"
	"go/types"
)

// putByHelper is putBy where a function that is called puts what it is given into the map, without
// a condition: the access, the call, and whether the key may be one that nobody knows yet.
//
//	func (r *registry) add(s *Session) { r.mu.Lock(); defer r.mu.Unlock(); r.all[s.id] = s }
func (f *Facts) putByHelper(fn *function, v *types.Var) (into *Access, by ast.Node, unknown bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if _, literal := n.(*ast.FuncLit); literal || into != nil {
			return false
		}
		if !ok {
			return true
		}
		if makes := f.makesKey(call); makes {
			unknown = true
		}
		if into = f.putsGiven(call, v); into != nil {
			by = call
		}
		return true
	})
	return into, by, unknown
}

// putsGiven returns the access by which the function of a call puts the object of a variable into a
// map, as a statement of its own.
func (f *Facts) putsGiven(call *ast.CallExpr, v *types.Var) *Access {
	callee := f.decls[originOf(f.pkg.Callee(call))]
	if callee == nil || callee == f.around(call) {
		return nil
	}
	params := callee.obj.Signature().Params()
	for i, arg := range call.Args {
		if !f.isVariable(arg, v) || i >= params.Len() || !f.keepsValue(callee, params.At(i)) {
			continue
		}
		for _, stmt := range callee.body().List {
			set, ok := stmt.(*ast.AssignStmt)
			if !ok || len(set.Lhs) != 1 || len(set.Rhs) != 1 || !f.isVariable(set.Rhs[0], params.At(i)) {
				continue
			}
			index, ok := ast.Unparen(set.Lhs[0]).(*ast.IndexExpr)
			if ok && isMap(f.pkg.TypeOf(index.X)) && !f.ownKey(callee, set) {
				return f.at[ast.Unparen(index.X)]
			}
		}
	}
	return nil
}
