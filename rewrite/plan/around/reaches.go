package around

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// Reaches reports whether code, or the functions of this package that it calls, name a variable.
func Reaches(s *edit.Site, code ast.Node, v *types.Var, seen map[*ast.FuncDecl]bool) (does bool) {
	pkg := s.Match.Pkg
	pkg.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			does = does || Origin(pkg.Use(n)) == Origin(v)
		case *ast.CallExpr:
			if decl := pkg.Body(n); !does && decl != nil && !seen[decl] {
				seen[decl] = true
				does = Reaches(s, decl.Body, v, seen)
			}
		}
		return !does
	})
	return does
}
