package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// aliased returns the place that a local variable is another name of: it is
// given one value, ever, and that leads to an object (p := c, p := &s.conf, m :=
// s.items) by names that keep their values in the function. In another turn of a
// loop the same names may mean another object, so that no local is followed there.
func (f *Facts) aliased(v *types.Var) (at place, ok bool) {
	if v.Kind() != types.LocalVar {
		return place{}, false
	}
	known, asked := f.aliases[v]
	if asked {
		return known, known.root != nil
	}
	if f.aliases == nil {
		f.aliases = map[*types.Var]place{}
	}
	f.aliases[v] = place{} // in recursion
	at, ok = f.findAlias(v)
	if ok {
		f.aliases[v] = at
	}
	return at, ok
}

func (f *Facts) findAlias(v *types.Var) (at place, ok bool) {
	top := f.topAround(v.Pos())
	value := f.onlyValue(top, v)
	if value == nil || !types.Identical(f.pkg.TypeOf(value), v.Type()) || inLoop(top.body(), value) {
		return place{}, false
	}
	switch v.Type().Underlying().(type) {
	case *types.Pointer, *types.Map:
	default:
		return place{}, false
	}
	if address, isAddress := value.(*ast.UnaryExpr); isAddress && address.Op == token.AND {
		value = ast.Unparen(address.X)
	}
	switch value := value.(type) {
	case *ast.Ident:
	case *ast.SelectorExpr:
		if !f.keepsName(top, value) {
			return place{}, false
		}
	default:
		return place{}, false
	}
	at, ok = f.placeOf(value)
	return at, ok && f.keepsValue(top, at.root)
}

// onlyValue returns the only value that a local variable is ever given.
func (f *Facts) onlyValue(top *function, v *types.Var) ast.Expr {
	if top == nil {
		return nil
	}
	given := f.valuesOf(top)[v]
	if given == nil || given.unknown || len(given.values) != 1 {
		return nil
	}
	return ast.Unparen(given.values[0])
}

// keepsValue reports whether a variable is given no value but its first.
func (f *Facts) keepsValue(top *function, v *types.Var) bool {
	switch v.Kind() {
	case types.LocalVar:
		given := f.valuesOf(top)[v]
		return given == nil || len(given.values) <= 1
	case types.ParamVar, types.RecvVar:
		given := f.valuesOf(top)[v]
		return given == nil || len(given.values) == 0
	}
	return false
}

// keepsName reports whether no field on a path is written in a function.
func (f *Facts) keepsName(top *function, path ast.Expr) bool {
	for {
		sel, ok := ast.Unparen(path).(*ast.SelectorExpr)
		if !ok {
			return true
		}
		field, isVar := f.pkg.Use(sel.Sel).(*types.Var)
		if !isVar || slices.ContainsFunc(f.accesses[field.Origin()], func(a *Access) bool {
			return a.Write && !a.Content && !a.Element && a.fn.outermost() == top
		}) {
			return false
		}
		path = sel.X
	}
}

func inLoop(body, at ast.Node) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if found || n == nil || !within(n, at) {
			return false
		}
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			found = true
		}
		return true
	})
	return found
}

// topAround returns the declared function around a position.
func (f *Facts) topAround(pos token.Pos) *function {
	if f.tops == nil {
		for _, fn := range f.order {
			if fn.obj != nil {
				f.tops = append(f.tops, fn)
			}
		}
		slices.SortFunc(f.tops, func(a, b *function) int { return int(a.node.Pos() - b.node.Pos()) })
	}
	i, _ := slices.BinarySearchFunc(f.tops, pos, func(fn *function, pos token.Pos) int { return int(fn.node.End() - pos) })
	if i < len(f.tops) && f.tops[i].node.Pos() <= pos && pos < f.tops[i].node.End() {
		return f.tops[i]
	}
	return nil
}
