package channels

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// learnNotNil adds that a variable is not nil which a node gives an error, or something
// else that never is: `err = errTimeout` leads past the return of `if err != nil`.
func (f *Facts) learnNotNil(fn ast.Node, known conditions, v *types.Var, value ast.Expr) conditions {
	text := fmt.Sprint(v.Name(), " == nil ", v.Pos())
	if f.asked(fn)[text] == 0 || !f.neverNil(value) {
		return known
	}
	return known.with(text, fact{truth: false, vars: []*types.Var{v}})
}

// neverNil reports whether an expression makes something, or names an error.
func (f *Facts) neverNil(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit, *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND
	case *ast.CallExpr:
		return f.makesError(e) || f.isBuiltin(e, "make") || f.isBuiltin(e, "new")
	case *ast.Ident:
		return isSentinel(f.pkg.Use(e))
	case *ast.SelectorExpr:
		return isSentinel(f.pkg.Use(e.Sel))
	}
	return false
}

// makesError reports whether a call returns an error in any case: of a context, one is
// asked for when there is one.
func (f *Facts) makesError(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	switch callee.FullName() {
	case "errors.New", "fmt.Errorf", "(context.Context).Err", "context.Cause":
		return true
	}
	return false
}

// isSentinel reports whether an object is a variable at package level that stands for an
// error, by its type and name.
func isSentinel(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && v.Kind() == types.PackageVar && types.IsInterface(v.Type()) && sentinelName.MatchString(v.Name())
}

var sentinelName = lazyregexp.New(`^(Err|err)[A-Z]|^EOF$|^Canceled$|^DeadlineExceeded$`)
