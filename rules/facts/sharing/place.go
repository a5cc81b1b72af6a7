package sharing

import (
	"go/ast"
	"go/types"
)

// A place is memory that a function names: a variable, parameter or
// receiver, and the fields that lead on from it. While the root keeps its value
// the name means one thing in the function and in the literals in it.
type place struct {
	root *types.Var
	path string
}

// placeOf returns what an expression names; ok is false for what has no name
// that holds (an element, a call's result).
func (f *Facts) placeOf(e ast.Expr) (at place, ok bool) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, isVar := f.pkg.ObjectOf(e).(*types.Var)
		if !isVar || v.IsField() {
			return place{}, false
		}
		if named, ok := f.aliased(v); ok {
			return named, true
		}
		return place{root: v}, true
	case *ast.StarExpr:
		return f.placeOf(e.X)
	case *ast.SelectorExpr:
		selection := f.pkg.Info.Selections[e]
		if selection == nil {
			return f.placeOf(e.Sel) // of another package, or none at all
		}
		if selection.Kind() != types.FieldVal {
			return place{}, false
		}
		at, ok = f.placeOf(e.X)
		at.path += "." + e.Sel.Name
		return f.followed(at), ok
	}
	return place{}, false
}

// placeOfAccess returns what an access is about.
func (f *Facts) placeOfAccess(a *Access) (at place, ok bool) {
	if id, ok := ast.Unparen(a.Expr).(*ast.Ident); a.Returned || ok && !a.Content && !a.Var.IsField() && f.pkg.ObjectOf(id) == a.Var {
		return place{root: a.Var}, true // the variable itself, whatever it leads to
	}
	return f.placeOf(a.Expr)
}

// accessesByPlace returns the accesses of a declared function and the literals
// in it, by what they name, those of one place in source order.
func (f *Facts) accessesByPlace() map[*function]map[place][]*Access {
	if f.places != nil {
		return f.places
	}
	f.places = map[*function]map[place][]*Access{}
	for _, v := range f.vars {
		for _, a := range f.accesses[v] {
			at, ok := f.placeOfAccess(a)
			if !ok {
				continue
			}
			top := a.fn.outermost()
			if f.places[top] == nil {
				f.places[top] = map[place][]*Access{}
			}
			f.places[top][at] = append(f.places[top][at], a)
		}
	}
	f.addForeign(f.places)
	return f.places
}
