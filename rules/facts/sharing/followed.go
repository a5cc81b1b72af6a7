package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// followed returns the place of an object that another one has been given for good when it was
// made, as it is named without that.
//
//	h := &header{}
//	a, f := newAppender(h), newFollower(h) // a.h.index is h.index, and so is f.h.index
func (f *Facts) followed(at place) place {
	for range 3 {
		i := strings.IndexByte(strings.TrimPrefix(at.path, "."), '.')
		if at.root == nil || at.root.Kind() != types.LocalVar || i < 0 {
			return at
		}
		first, rest := at.path[:i+1], at.path[i+1:]
		given := f.leadsTo(place{at.root, first})
		if given.root == nil {
			return at
		}
		at = place{given.root, given.path + rest}
	}
	return at
}

// leadsTo returns what a field of an object that a local variable holds leads to: the object that
// has made it was given that, and the field is never set again.
func (f *Facts) leadsTo(at place) place {
	if known, asked := f.held[at]; asked {
		return known
	}
	if f.held == nil {
		f.held = map[place]place{}
	}
	f.held[at] = place{} // in recursion
	top := f.topAround(at.root.Pos())
	value := f.onlyValue(top, at.root)
	if value == nil {
		return place{}
	}
	given := f.initially(value, at.path[1:])
	if given == nil || !f.isSteady(top, given) {
		return place{}
	}
	if known, ok := f.placeOf(given); ok && known.root != at.root {
		f.held[at] = known
	}
	return f.held[at]
}

// isSteady reports whether a variable means one object in a function, also where a loop makes
// several that get it: a pointer that is set once, outside of loops.
func (f *Facts) isSteady(top *function, e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.IsField() || v.Kind() == types.PackageVar || !f.keepsValue(top, v) {
		return false
	}
	if _, pointer := v.Type().Underlying().(*types.Pointer); !pointer {
		return false
	}
	value := f.onlyValue(top, v)
	return v.Kind() != types.LocalVar || value != nil && !inLoop(top.body(), value)
}

// initially returns what a literal, or the call of a function that returns one, gives a field that
// nothing else ever sets.
func (f *Facts) initially(value ast.Expr, field string) ast.Expr {
	value = ast.Unparen(value)
	if address, ok := value.(*ast.UnaryExpr); ok {
		value = ast.Unparen(address.X)
	}
	switch value := value.(type) {
	case *ast.CompositeLit:
		return f.elementFor(value, field)
	case *ast.CallExpr:
		return f.passedFor(value, field)
	}
	return nil
}

// elementFor returns what a literal of a struct gives a field.
func (f *Facts) elementFor(lit *ast.CompositeLit, field string) ast.Expr {
	st, ok := types.Unalias(f.pkg.TypeOf(lit)).Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for i := range min(st.NumFields(), len(lit.Elts)) {
		v, value := st.Field(i), lit.Elts[i]
		if kv, keyed := lit.Elts[i].(*ast.KeyValueExpr); keyed {
			key, _ := kv.Key.(*ast.Ident)
			v, _ = f.pkg.Use(key).(*types.Var)
			value = kv.Value
		}
		if v != nil && v.Name() == field {
			if !f.setOnce(v.Origin()) {
				return nil
			}
			return value
		}
	}
	return nil
}

// setOnce reports whether a field is never set but by literals of its struct.
func (f *Facts) setOnce(field *types.Var) bool {
	return !f.pkg.Reachable(field) && !slices.ContainsFunc(f.accesses[field], func(a *Access) bool {
		return a.Address || a.Write && !a.Content && !a.Element
	})
}

// passedFor returns what a call passes for the parameter that its function gives a field of the
// literal that it returns.
func (f *Facts) passedFor(call *ast.CallExpr, field string) ast.Expr {
	fn := f.decls[originOf(f.pkg.Callee(call))]
	if fn == nil || fn.obj == nil || fn.obj.Signature().Variadic() {
		return nil
	}
	made := f.returnedValue(fn)
	if made == nil {
		return nil
	}
	id, ok := ast.Unparen(orNothing(f.initially(made, field))).(*ast.Ident)
	if !ok {
		return nil
	}
	params := fn.obj.Signature().Params()
	for i := range min(params.Len(), len(call.Args)) {
		if f.pkg.Use(id) == params.At(i) && f.keepsValue(fn, params.At(i)) {
			return call.Args[i]
		}
	}
	return nil
}

func orNothing(e ast.Expr) ast.Expr {
	if e == nil {
		return &ast.BadExpr{}
	}
	return e
}

// returnedValue returns the value of the first result, if a function has one return statement:
// what a local variable that it returns is made with.
func (f *Facts) returnedValue(fn *function) ast.Expr {
	var value ast.Expr
	n := 0
	f.pkg.Inspect(fn.body(), func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			n++
			if len(m.Results) > 0 {
				value = ast.Unparen(m.Results[0])
			}
		}
		return true
	})
	if n != 1 {
		return nil
	}
	if id, ok := value.(*ast.Ident); ok {
		if v, isVar := f.pkg.Use(id).(*types.Var); isVar && v.Kind() == types.LocalVar {
			return f.onlyValue(fn, v)
		}
	}
	return value
}
