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
	if s.in == nil || callee.obj == nil || callee.obj.Signature().Recv() == nil {
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
	if callee.test && !s.in.test && !f.runsBeside(s.in, longestWire) {
		return false // a test calls it, and asks one after the other
	}
	f.knowGiven()
	return slices.Contains(f.givenTypes[v.Origin()], namedOf(callee.obj.Signature().Recv().Type())) && !(callee.test && f.dispatched(s))
}

// dispatched reports whether a call is one of several that a function chooses from by what it is
// given: a test knows how many of that kind there are, mostly one.
//
//	switch request.Method {
//	case sampling:
//		return c.sampler.Create(ctx, request)
func (f *Facts) dispatched(s site) (does bool) {
	if s.in == nil {
		return false
	}
	f.pkg.Inspect(s.in.body(), func(n ast.Node) bool {
		if sw, ok := n.(*ast.SwitchStmt); ok && sw.Tag != nil && within(sw.Body, s.call) {
			root := f.firstName(sw.Tag)
			does = does || root != nil && root.Kind() == types.ParamVar
		}
		return !does && within(n, s.call)
	})
	return does
}

const longestWire = 4 // calls from a goroutine to one through the field

// runsBeside reports whether a function runs on a goroutine that the package starts, tests and what
// serves a request left out, or is called by one that does.
func (f *Facts) runsBeside(fn *function, depth int) bool {
	for lit := fn; lit.around != nil; lit = lit.around {
		if lit.runs == started && !lit.served && !lit.test {
			return true
		}
	}
	return depth > 0 && slices.ContainsFunc(fn.outermost().sites, func(s site) bool {
		return s.in != nil && !s.in.test && (s.runs == started || f.runsBeside(s.in, depth-1))
	})
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
