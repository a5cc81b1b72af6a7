package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// ofLender reports whether a variable lies beside a pointer to a lock in a struct that is
// returned to whoever asked for it, with the lock of the object that made it: an iterator. The
// lock is for what it looks at; of its own position there is one user.
//
//	return &Iterator{mu: &s.mu, at: -1}
func (f *Facts) ofLender(v *types.Var, lock types.Object) bool {
	field, ok := lock.(*types.Var)
	if !ok || !field.IsField() || field.Exported() {
		return false
	}
	if _, pointer := field.Type().Underlying().(*types.Pointer); !pointer || f.structOfField(field) != f.structOfField(v) {
		return false
	}
	type key struct{}
	lent := f.pkg.Keep(key{}, func() any { return f.lentInReturns() }).(map[types.Object]bool)
	return lent[field]
}

// lentInReturns returns the fields that get the address of another field, with true where each
// literal that does so is returned at once.
func (f *Facts) lentInReturns() map[types.Object]bool {
	lent := map[types.Object]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok || !isFieldAddress(kv.Value) {
				return true
			}
			if name, ok := kv.Key.(*ast.Ident); ok {
				field := f.pkg.Use(name)
				known, before := lent[field]
				lent[field] = (known || !before) && returnedAtOnce(stack)
			}
			return true
		})
	}
	return lent
}

func isFieldAddress(e ast.Expr) bool {
	addr, ok := ast.Unparen(e).(*ast.UnaryExpr)
	if !ok || addr.Op != token.AND {
		return false
	}
	_, ok = ast.Unparen(addr.X).(*ast.SelectorExpr)
	return ok
}

// returnedAtOnce reports whether a composite literal, the last of a stack, is what a statement
// returns, or points to what that is.
func returnedAtOnce(stack []ast.Node) bool {
	at := len(stack) - 2
	if _, ok := stack[at].(*ast.UnaryExpr); ok {
		at--
	}
	_, ok := stack[at].(*ast.ReturnStmt)
	return ok
}
