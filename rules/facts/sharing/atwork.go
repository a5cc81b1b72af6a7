package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// atWork reports whether goroutines that other functions start have the object
// of an access already: then the goroutine that its own function starts
// afterwards is not the first.
func (f *Facts) atWork(a *Access) bool {
	sel, ok := a.Expr.(*ast.SelectorExpr)
	if !ok || f.pkg.Info.Selections[sel] == nil {
		return false
	}
	if f.starters == nil {
		f.starters = f.findStarters()
	}
	owner := namedOf(f.pkg.Info.Selections[sel].Recv())
	here := a.fn.outermost()
	return owner != nil && slices.ContainsFunc(f.starters[owner], func(fn *function) bool { return fn != here && !fn.test })
}

// findStarters returns the functions that start goroutines, by the types of
// this package that these get.
func (f *Facts) findStarters() map[*types.TypeName][]*function {
	all := map[*types.TypeName][]*function{}
	for _, fn := range f.order {
		for _, start := range f.startsIn(fn) {
			f.pkg.Inspect(start, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				v, ok := f.pkg.Use(id).(*types.Var)
				if !ok || v.IsField() {
					return true
				}
				if owner := namedOf(v.Type()); owner != nil && owner.Pkg() == f.pkg.Types && !slices.Contains(all[owner], fn.outermost()) {
					all[owner] = append(all[owner], fn.outermost())
				}
				return true
			})
		}
	}
	return all
}

// namedOf returns the name of a type, or of what it points to; nil if it has none.
func namedOf(t types.Type) *types.TypeName {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Origin().Obj()
	}
	return nil
}
