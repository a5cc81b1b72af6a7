package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// notRun returns the parts of a function that a call does not run, since it gives a
// constant for the parameter on which they hang.
//
//	s.close(false)
//	func (s *T) close(wait bool) { …; if wait { s.all.Wait() } }
func (f *Facts) notRun(decl *ast.FuncDecl, call *ast.CallExpr) map[ast.Node]bool {
	given := f.constantArguments(decl, call)
	if len(given) == 0 {
		return nil
	}
	left := map[ast.Node]bool{}
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok {
			return true
		}
		switch runs, known := f.knownTest(test.Cond, given); {
		case !known:
		case runs && test.Else != nil:
			left[test.Else] = true
		case !runs:
			left[test.Body] = true
		}
		return true
	})
	return left
}

// constantArguments returns the parameters for which a call gives true or false, and that
// the function leaves as they are.
func (f *Facts) constantArguments(decl *ast.FuncDecl, call *ast.CallExpr) map[*types.Var]bool {
	fn, ok := f.pkg.Def(decl.Name).(*types.Func)
	if !ok || fn.Signature().Variadic() || len(call.Args) != fn.Signature().Params().Len() {
		return nil
	}
	given := map[*types.Var]bool{}
	for i, arg := range call.Args {
		value := f.pkg.Info.Types[arg].Value
		if v := fn.Signature().Params().At(i); value != nil && value.Kind() == constant.Bool && f.sets(v) == 0 {
			given[v] = constant.BoolVal(value)
		}
	}
	return given
}

// knownTest returns the value of a condition that is a parameter, or not one.
func (f *Facts) knownTest(cond ast.Expr, given map[*types.Var]bool) (value, known bool) {
	cond = ast.Unparen(cond)
	if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		value, known = f.knownTest(not.X, given)
		return !value, known
	}
	if id, ok := cond.(*ast.Ident); ok {
		v, _ := f.pkg.Use(id).(*types.Var)
		value, known = given[v]
	}
	return value, known
}
