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
	of := namedOf(callee.obj.Signature().Recv().Type())
	if callee.test && !s.in.test && !f.runsBeside(s.in, of, longestWire) {
		return false // a test calls it, and asks one after the other
	}
	f.knowGiven()
	return slices.Contains(f.givenTypes[v.Origin()], of) && !(callee.test && f.dispatched(s))
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

// runsBeside reports whether a function runs on a goroutine that the package starts where a test with
// a stand-in calls it, what serves a request left out, or is called by one that does.
func (f *Facts) runsBeside(fn *function, standIn *types.TypeName, depth int) bool {
	for lit := fn; lit.around != nil; lit = lit.around {
		if lit.runs == started && !lit.served && !lit.test && f.testedWith(lit.outermost(), standIn, longestWire) {
			return true
		}
	}
	return depth > 0 && slices.ContainsFunc(fn.outermost().sites, func(s site) bool {
		if s.in == nil || s.in.test {
			return false
		}
		return s.runs == started && f.testedWith(s.in.outermost(), standIn, longestWire) || f.runsBeside(s.in, standIn, depth-1)
	})
}

// testedWith reports whether a test that has a stand-in calls a function, through so many calls.
func (f *Facts) testedWith(fn *function, standIn *types.TypeName, depth int) bool {
	if fn.test {
		return f.has(fn, standIn, 2)
	}
	return depth > 0 && slices.ContainsFunc(fn.sites, func(s site) bool {
		return s.in != nil && s.in.outermost() != fn && f.testedWith(s.in.outermost(), standIn, depth-1)
	})
}

// has reports whether a function of a test, or one that it calls, has something of a type.
func (f *Facts) has(test *function, t *types.TypeName, depth int) (does bool) {
	f.pkg.Inspect(test.body(), func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok || does {
			return !does
		}
		if of := f.pkg.TypeOf(e); of != nil && namedOf(of) == t {
			does = true
		} else if call, ok := e.(*ast.CallExpr); ok && depth > 0 {
			helper := f.decls[originOf(f.pkg.Callee(call))]
			does = helper != nil && helper.test && helper != test && f.has(helper, t, depth-1)
		}
		return !does
	})
	return does
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
