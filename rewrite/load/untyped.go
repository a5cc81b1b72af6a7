package load

import (
	"go/ast"
	"go/types"
)

// fillUntyped gives the invalid type to the expressions of a package that does not
// type-check to which the type checker gave none: behind an error it leaves some out, and
// whoever asks an expression for its type need not know of that.
func fillUntyped(info *types.Info, files []*ast.File) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok || info.TypeOf(e) != nil {
				return true
			}
			if id, ok := e.(*ast.Ident); ok {
				if _, defines := info.Defs[id]; defines {
					return true // of a package clause, or of a switch on types
				}
			}
			info.Types[e] = types.TypeAndValue{Type: types.Typ[types.Invalid]}
			return true
		})
	}
}
