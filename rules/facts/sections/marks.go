package sections

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// marks reports whether a section that looks also sets something of what it guards: others may find
// there that the entry is on its way. Who counts before the look looks at what it has made itself.
func (f *Facts) marks(fn ast.Node, look use) (marks bool) {
	f.own(bodyOf(fn), func(n ast.Node, _ []ast.Node) {
		if marks || len(look.by) == 0 || !f.setsOf(n, look.root) || n.Pos() < look.at.End() && !f.names(n, look.of) {
			return
		}
		held, _ := f.pkg.Held(fn, n)
		marks = slices.ContainsFunc(held, func(h facts.Holding) bool {
			return slices.ContainsFunc(h.By, func(call *ast.CallExpr) bool { return slices.Contains(look.by, call) })
		})
	})
	return marks
}

// names reports whether a node names a field, or variable.
func (f *Facts) names(n ast.Node, of *types.Var) (found bool) {
	f.pkg.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok {
			v, _ := f.pkg.Use(id).(*types.Var)
			found = found || v != nil && v.Origin() == of.Origin()
		}
		return !found
	})
	return found
}

// setsOf reports whether a statement sets or counts a field of what a variable leads to, or an element of
// one.
func (f *Facts) setsOf(n ast.Node, root types.Object) bool {
	var set []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		set = n.Lhs
	case *ast.IncDecStmt:
		set = []ast.Expr{n.X}
	}
	return slices.ContainsFunc(set, func(x ast.Expr) bool {
		if index, ok := ast.Unparen(x).(*ast.IndexExpr); ok {
			x = index.X
		}
		_, selects := ast.Unparen(x).(*ast.SelectorExpr)
		return selects && f.rootOf(x) == root
	})
}
