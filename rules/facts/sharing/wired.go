package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// wiredTarget reports whether a call through a field of an interface type runs a method of a type
// that the package, or a test of it, puts into that field:
//
//	p := &plugin{client: &fakeClient{}}      // p.client.List(ctx) is then of fakeClient
//	p := newPlugin(&fakeClient{})            // func newPlugin(c client) *plugin { return &plugin{client: c} }
func (f *Facts) wiredTarget(s site, callee *function) bool {
	if callee.obj == nil || callee.obj.Signature().Recv() == nil {
		return false
	}
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	through, ok := ast.Unparen(sel.X).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	v, ok := f.pkg.Use(through.Sel).(*types.Var)
	if !ok || !v.IsField() || !types.IsInterface(v.Type()) {
		return false
	}
	f.knowGiven()
	return slices.Contains(f.givenTypes[v.Origin()], namedOf(callee.obj.Signature().Recv().Type()))
}

// notesPassed notes the types of what calls pass as the parameter that a field is given.
func (f *Facts) notesPassed(v *types.Var, value ast.Expr) {
	id, ok := ast.Unparen(value).(*ast.Ident)
	if !ok {
		return
	}
	param, ok := f.pkg.Use(id).(*types.Var)
	if !ok || param.Kind() != types.ParamVar {
		return
	}
	fn := f.topAround(param.Pos())
	if fn == nil {
		return
	}
	for _, s := range fn.sites {
		if arg := f.argument(fn, param, s); arg != nil {
			if named := namedOf(f.pkg.TypeOf(arg)); named != nil {
				f.givenTypes[v] = append(f.givenTypes[v], named)
			}
		}
	}
}
