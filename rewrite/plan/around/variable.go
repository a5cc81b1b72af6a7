package around

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// VariableIn returns the field or variable that an expression names, nil for another one.
func VariableIn(pkg *facts.Package, e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		v, _ := pkg.Use(e.Sel).(*types.Var)
		return v
	case *ast.Ident:
		v, _ := pkg.Use(e).(*types.Var)
		return v
	}
	return nil
}

// RootVar returns the variable that an expression selects from, or is.
func RootVar(s *edit.Site, e ast.Expr) types.Object {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			if v, ok := s.Match.Pkg.Use(x).(*types.Var); ok {
				return v
			}
			return nil
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// Origin returns the variable of the generic type that an instance's field stands for, and
// what is no such field as it is.
func Origin(obj types.Object) types.Object {
	if v, ok := obj.(*types.Var); ok {
		return v.Origin()
	}
	return obj
}
