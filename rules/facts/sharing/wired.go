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
	f.knowGiven()
	if !slices.Contains(f.givenTypes[v.Origin()], of) {
		return false
	}
	if !callee.test || s.in.test {
		return true
	}
	return !f.dispatched(s) && f.runsBeside(s.in, of, longestWire) // else a test calls it, and asks one after the other
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
	type asked struct {
		fn      *function
		standIn *types.TypeName
		depth   int
	}
	known := f.pkg.Keep(asked{}, func() any { return map[asked]bool{} }).(map[asked]bool)
	q := asked{fn, standIn, depth}
	is, ok := known[q]
	if !ok {
		if fn.test {
			is = f.has(fn, standIn, 2)
		} else {
			is = depth > 0 && slices.ContainsFunc(fn.sites, func(s site) bool {
				return s.in != nil && s.in.outermost() != fn && f.testedWith(s.in.outermost(), standIn, depth-1)
			})
		}
		known[q] = is
	}
	return is
}

// has reports whether a function of a test, or one that it calls, has something of a type.
func (f *Facts) has(test *function, t *types.TypeName, depth int) bool {
	cast := f.castOf(test)
	return cast.types[t] || depth > 0 && slices.ContainsFunc(cast.helpers, func(helper *function) bool { return f.has(helper, t, depth-1) })
}

// A cast is what a function of a test works with: the types, and the functions of tests that it calls.
type cast struct {
	types   map[*types.TypeName]bool
	helpers []*function
}

func (f *Facts) castOf(test *function) *cast {
	type key struct{}
	known := f.pkg.Keep(key{}, func() any { return map[*function]*cast{} }).(map[*function]*cast)
	if c, ok := known[test]; ok {
		return c
	}
	c := &cast{types: map[*types.TypeName]bool{}}
	known[test] = c
	f.pkg.Inspect(test.body(), func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if t := f.pkg.TypeOf(e); t != nil {
				c.types[namedOf(t)] = true
			}
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if helper := f.decls[originOf(f.pkg.Callee(call))]; helper != nil && helper.test && helper != test && !slices.Contains(c.helpers, helper) {
				c.helpers = append(c.helpers, helper)
			}
		}
		return true
	})
	return c
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
