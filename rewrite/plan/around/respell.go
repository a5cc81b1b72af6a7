package around

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// Respell refuses where an expression, written again at a later place, could
// mean something else: a name that is hidden or out of scope there, an operand
// that is not a plain name, field or index.
func Respell(pkg *facts.Package, e ast.Expr, at token.Pos) error {
	switch e := e.(type) {
	case *ast.Ident:
		return SameName(pkg, e, at)
	case *ast.ParenExpr:
		return Respell(pkg, e.X, at)
	case *ast.StarExpr:
		return Respell(pkg, e.X, at)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return Respell(pkg, e.X, at)
		}
	case *ast.SelectorExpr:
		return Respell(pkg, e.X, at)
	case *ast.IndexExpr:
		if pkg.Info.Types[e.Index].Value != nil {
			return Respell(pkg, e.X, at)
		}
		if id, ok := ast.Unparen(e.Index).(*ast.Ident); ok {
			if err := SameName(pkg, id, at); err != nil {
				return err
			}
			return Respell(pkg, e.X, at)
		}
	}
	return fmt.Errorf("%s cannot be written a second time and mean the same", edit.ExprText(e))
}

// SameName refuses where a name means something else at a place.
func SameName(pkg *facts.Package, id *ast.Ident, at token.Pos) error {
	obj := pkg.ObjectOf(id)
	scope := pkg.Types.Scope().Innermost(at)
	if scope == nil {
		return fmt.Errorf("internal: no scope at line %d", pkg.Fset.Position(at).Line)
	}
	if _, there := scope.LookupParent(id.Name, at); there != obj || obj == nil {
		return fmt.Errorf("%s means something else at line %d", id.Name, pkg.Fset.Position(at).Line)
	}
	return nil
}
