package locks

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// independent refuses where what leads to one of the locks may change while the
// other is held: it is then read at another time than before.
func independent(s *edit.Site, edge *order.Edge, locks ...*ast.ExprStmt) error {
	for _, lock := range locks {
		method := lockedExpr(lock)
		if method == nil {
			return fmt.Errorf("in %s a lock is not taken by a plain call of its method", edge.Func.Name)
		}
		if field, why := unsteady(s, method.X); why != "" {
			return fmt.Errorf("%s leads to a lock, and %s: which lock it is may depend on the other one", field, why)
		}
	}
	return nil
}

// unsteady returns a part of a lock's expression that may change, and why;
// nothing if it leads to one lock whatever is held. Fields that lie in the
// object itself cannot change; a pointer in a field can, unless it is set where
// the object is made and never again.
func unsteady(s *edit.Site, e ast.Expr) (part, why string) {
	info := s.Match.Pkg.Info
	for {
		e = ast.Unparen(e)
		switch x := e.(type) {
		case *ast.Ident:
			if v, ok := info.Uses[x].(*types.Var); ok && v.Parent() == s.Pkg.Types.Scope() && isPointer(v.Type()) {
				return x.Name, "it is a pointer that anybody may set"
			}
			return "", ""
		case *ast.SelectorExpr:
			sel := info.Selections[x]
			if sel == nil {
				return "", "" // a variable of a package
			}
			v, ok := sel.Obj().(*types.Var)
			if !ok {
				return edit.ExprText(x), "it is a method"
			}
			if isPointer(v.Type()) && around.Assigned(s, v) {
				return edit.ExprText(x), "it is assigned after its object was made"
			}
			e = x.X
		default:
			return edit.ExprText(e), "it is computed"
		}
	}
}

func isPointer(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Map, *types.Slice:
		return true
	}
	return false
}
