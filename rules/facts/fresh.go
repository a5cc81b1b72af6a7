package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// freshObject reports whether a place belongs to an object that its function
// has made: a local variable that is only ever a literal, new(T), or what a
// constructor returns. Nobody waits for such a lock when the function gives up.
func (u *unit) freshObject(at place) bool {
	v, ok := at.Root.(*types.Var)
	if !ok {
		return false
	}
	info := u.vars[v]
	if info == nil || info.parameter || info.defs > 1 {
		return false
	}
	return info.init == nil && info.defs == 0 || info.init != nil && u.makesObject(info.init)
}

// makesObject reports whether an expression makes the object that it returns.
func (u *unit) makesObject(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND && u.makesObject(e.X)
	case *ast.CallExpr:
		if u.makes(e) {
			return true
		}
		fn := u.pkg.callee(e)
		return fn != nil && strings.HasPrefix(strings.ToLower(fn.Name()), "new")
	}
	return false
}
