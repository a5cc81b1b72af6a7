package around

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// AssignedBy returns what a statement assigns to, or takes elements out of.
func AssignedBy(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(n.Args) > 0 {
			return n.Args[:1]
		}
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		var lhs []ast.Expr
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e != nil {
				lhs = append(lhs, e)
			}
		}
		return lhs
	}
	return nil
}

// AssignedVar returns the variable or field that an assignment to e changes.
func AssignedVar(pkg *facts.Package, e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := pkg.Use(e).(*types.Var)
		return v
	case *ast.SelectorExpr:
		v, _ := pkg.Use(e.Sel).(*types.Var)
		return v
	case *ast.StarExpr:
		return AssignedVar(pkg, e.X)
	case *ast.IndexExpr:
		return AssignedVar(pkg, e.X) // an element: the lock may be in it
	}
	return nil
}

// Assigned reports whether a field may be set otherwise than in a literal: by an
// assignment or through its address in this package, or by another package.
func Assigned(s *edit.Site, field *types.Var) bool {
	if field.Exported() && s.Pkg.Types.Name() != "main" || field.Pkg() != s.Pkg.Types {
		return true
	}
	info, found := s.Match.Pkg.Info, false
	is := func(e ast.Expr) bool {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok || info.Selections[sel] == nil {
			return false
		}
		v, ok := info.Selections[sel].Obj().(*types.Var)
		return ok && v.Origin() == field.Origin()
	}
	for _, file := range s.Match.Pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, lhs := range n.Lhs {
					found = found || is(lhs)
				}
			case *ast.IncDecStmt:
				found = found || is(n.X)
			case *ast.UnaryExpr:
				found = found || n.Op == token.AND && is(n.X)
			}
			return !found
		})
	}
	return found
}
