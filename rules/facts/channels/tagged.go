package channels

import (
	"go/ast"
	"go/types"
)

// tagged reports whether a field has an exported name and a tag: a decoder may find it by
// reflection, and send on the channel that it holds.
func (f *Facts) tagged(v *types.Var) (has bool) {
	if !v.IsField() || !v.Exported() {
		return false
	}
	decl := f.declAround(v.Pos())
	if decl == nil {
		return false
	}
	f.pkg.Inspect(decl, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		has = has || ok && field.Tag != nil && field.Pos() <= v.Pos() && v.Pos() < field.Type.Pos()
		return !has
	})
	return has
}
