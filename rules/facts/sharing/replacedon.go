package sharing

import (
	"go/ast"
	"go/types"
)

// ReplacedOn returns where a pointer gets another value by which an expression leads to an
// object, once others have it.
//
//	s.line = &Line{} // s.line.mu.Lock() … s.line.mu.Unlock()
func (f *Facts) ReplacedOn(e ast.Expr) ast.Node {
	for e != nil {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		v, _ := f.pkg.Use(sel.Sel).(*types.Var)
		if v != nil && v.IsField() {
			for _, b := range f.accesses[v.Origin()] {
				if b.Write && !b.Content && !b.fn.test && !f.early(b) && f.ownerOf(b) == Shared {
					return b.Expr
				}
			}
		}
		e = sel.X
	}
	return nil
}
