package sharing

import (
	"go/ast"
	"go/types"
)

// stillOwn reports whether nobody but the goroutine has the object of an access yet: its starter has
// made it for the goroutine, which hands it on behind the access.
//
//	c := &conn{}
//	go func() {
//		c.name = read()
//		ready <- c
//	}()
func (f *Facts) stillOwn(r running) bool {
	lit, ok := r.goroutine.node.(*ast.FuncLit)
	v := f.firstName(r.access.Expr)
	if !ok || r.access.fn != r.goroutine || v == nil || v.Kind() != types.LocalVar || within(lit, r.launcher.node) || contains(lit, v) {
		return false
	}
	own, selected := true, map[*ast.Ident]bool{}
	f.pkg.Inspect(r.launcher.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if id, ok := ast.Unparen(n.X).(*ast.Ident); ok && f.isField(n) {
				selected[id] = true
			}
		case *ast.Ident:
			if f.pkg.Use(n) == v && !selected[n] {
				own = own && within(lit, n) && !f.before(r.goroutine, n, r.access.Expr)
			}
		}
		return own
	})
	return own && f.makesNew(r.launcher, v)
}

// isField reports whether a selector names a field.
func (f *Facts) isField(sel *ast.SelectorExpr) bool {
	selection := f.pkg.Info.Selections[sel]
	return selection != nil && selection.Kind() == types.FieldVal
}

// makesNew reports whether all that a local variable is given is made there.
func (f *Facts) makesNew(fn *function, v *types.Var) bool {
	given := f.valuesOf(fn)[v]
	if given == nil || given.unknown || len(given.values) == 0 {
		return false
	}
	for _, value := range given.values {
		if f.valueOwner(fn, value) != Own {
			return false
		}
	}
	return true
}
