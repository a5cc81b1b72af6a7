package sections

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// refuses reports whether the function fails where there is one already: there must not be two.
func (f *Facts) refuses(test *ast.IfStmt, store use) bool {
	if contains(test.Body, store.at) || len(test.Body.List) == 0 {
		return false
	}
	ret, ok := test.Body.List[len(test.Body.List)-1].(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	t := f.pkg.TypeOf(last)
	return t != nil && types.Implements(t, errorType) && f.isFailure(last)
}

// failing is how errors are called, and what makes them.
var failing = lazyregexp.New(`(?i)err`)

// isFailure reports whether an expression is an error, and not what something else may return as one.
func (f *Facts) isFailure(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v := f.variable(x)
		return v != nil && v.Kind() == types.PackageVar
	case *ast.SelectorExpr:
		return failing.MatchString(x.Sel.Name)
	case *ast.UnaryExpr, *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		fn := f.pkg.Callee(x)
		return fn != nil && (failing.MatchString(fn.Name()) || fn.Pkg() != nil && fn.Pkg().Name() == "errors")
	}
	return false
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
