package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// leftRunning reports whether a variable is the object that a function makes and returns, and of
// which a goroutine goes on that it has started: it is in other hands then, as if a method of it
// were running.
//
//	c := &Cache{items: map[string]int{}}
//	go func() {
//		for range tick.C {
//			log.Print(len(c.items))
//		}
//	}()
//	return c
func (f *Facts) leftRunning(fn *function, v *types.Var) bool {
	home := f.homeOf(fn, v)
	if home == nil || home == fn || v.Kind() != types.LocalVar || !f.goesOn(fn) {
		return false
	}
	returned := false
	f.pkg.Inspect(home.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			for _, result := range n.Results {
				returned = returned || f.isOf(result, v)
			}
		}
		return !returned
	})
	return returned
}

// isOf reports whether an expression is a variable, or its address.
func (f *Facts) isOf(e ast.Expr, v *types.Var) bool {
	e = ast.Unparen(e)
	if address, ok := e.(*ast.UnaryExpr); ok && address.Op == token.AND {
		e = ast.Unparen(address.X)
	}
	id, ok := e.(*ast.Ident)
	return ok && f.pkg.Use(id) == v
}
