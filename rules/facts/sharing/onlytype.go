package sharing

import (
	"go/ast"
	"go/types"
)

// A field of an interface type, unexported, may get values of one type only, of another
// package: calls of its methods are of those.
//
//	type api struct{ store Store }
//
//	func newAPI() *api { return &api{store: memory.New()} }

// settleForeign finds the functions of other packages that calls through interfaces run.
func (f *Facts) settleForeign() {
	if len(f.pkg.Imports) == 0 {
		return
	}
	for _, call := range f.dynamic {
		sel, ok := ast.Unparen(call.site.call.Fun).(*ast.SelectorExpr)
		if !ok || call.never || call.site.in == nil {
			continue
		}
		t := f.onlyTypeOf(sel.X)
		if t == nil {
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(t, true, f.pkg.Types, call.method.Name())
		if method, isFunc := obj.(*types.Func); isFunc && method.Pkg() != f.pkg.Types {
			f.addForeignSite(method.Origin(), call.site, sel)
		}
	}
}

// onlyTypeOf returns the type of all values that the field or package variable gets which an
// expression names, nil if there are several, or it is not known.
func (f *Facts) onlyTypeOf(e ast.Expr) types.Type {
	var id *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		id = e.Sel
	case *ast.Ident:
		id = e
	default:
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.Exported() || v.Pkg() != f.pkg.Types || !v.IsField() && v.Kind() != types.PackageVar {
		return nil
	}
	f.knowGiven()
	if t := f.onlyTypes[v.Origin()]; t != nil && !types.IsInterface(t) {
		return t
	}
	return nil
}

// knowGiven collects, once, what fields and package variables of interface types are given.
func (f *Facts) knowGiven() {
	if f.onlyTypes == nil {
		f.onlyTypes, f.givenTypes = map[*types.Var]types.Type{}, map[*types.Var][]*types.TypeName{}
		f.collectGiven()
	}
}

// collectGiven notes the types of what fields and package variables of interface types are
// given; an interface stands for what is not known, or for several.
func (f *Facts) collectGiven() {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					f.gets(left, n.Rhs, i, len(n.Lhs))
				}
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if len(n.Values) > 0 {
						f.gets(name, n.Values, i, len(n.Names))
					}
				}
			case *ast.CompositeLit:
				f.literalGives(n)
			case *ast.UnaryExpr:
				f.gets(n.X, nil, 0, 0) // by its address, anything
			}
			return true
		})
	}
}

// literalGives notes what a literal of a struct gives its fields.
func (f *Facts) literalGives(lit *ast.CompositeLit) {
	st, ok := f.typeOf(lit).(*types.Struct)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		if kv, keyed := elt.(*ast.KeyValueExpr); keyed {
			f.gets(kv.Key, []ast.Expr{kv.Value}, 0, 1)
		} else if i < st.NumFields() {
			f.notesGiven(st.Field(i).Origin(), f.pkg.TypeOf(elt))
		}
	}
}

// gets notes that what an expression names is given the value number i of n.
func (f *Facts) gets(left ast.Expr, values []ast.Expr, i, n int) {
	var id *ast.Ident
	switch e := ast.Unparen(left).(type) {
	case *ast.SelectorExpr:
		id = e.Sel
	case *ast.Ident:
		id = e
	default:
		return
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.Pkg() != f.pkg.Types || !types.IsInterface(v.Type()) {
		return
	}
	var t types.Type
	switch {
	case len(values) == n && n > 0:
		if f.pkg.IsNil(values[i]) {
			return
		}
		t = f.pkg.TypeOf(values[i])
		f.notesPassed(v.Origin(), values[i])
	case len(values) == 1:
		if results, isTuple := f.pkg.TypeOf(values[0]).(*types.Tuple); isTuple && i < results.Len() {
			t = results.At(i).Type()
		}
	}
	f.notesGiven(v.Origin(), t)
}

func (f *Facts) notesGiven(v *types.Var, t types.Type) {
	if named := namedOf(t); named != nil && types.IsInterface(v.Type()) {
		f.givenTypes[v] = append(f.givenTypes[v], named)
	}
	old, known := f.onlyTypes[v]
	switch {
	case !types.IsInterface(v.Type()):
	case t == nil || known && !types.Identical(old, t):
		f.onlyTypes[v] = v.Type()
	default:
		f.onlyTypes[v] = t
	}
}
