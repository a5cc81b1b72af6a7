package sharing

import (
	"go/ast"
	"go/types"
)

// GuardText names the guard as the place of the access would: s.mu for s.items.
// Where the lock belongs to an object that cannot be named there, it is the
// name of the field alone.
func (f *Facts) GuardText(u Unguarded) string {
	if u.From != nil {
		return f.GuardText(Unguarded{Access: u.From, Guard: u.Guard})
	}
	if owner, embedded := f.GuardOwner(u); owner != nil {
		if embedded {
			return types.ExprString(owner)
		}
		return types.ExprString(owner) + "." + u.Guard.Lock.Name()
	}
	return u.Guard.Lock.Name()
}

// GuardOwner returns the expression, a part of that of the access, that leads to
// the object whose field the guard is; nil if there is none, and if the guard is
// no field. embedded says that the lock is an embedded field of it.
func (f *Facts) GuardOwner(u Unguarded) (owner ast.Expr, embedded bool) {
	lock, ok := u.Guard.Lock.(*types.Var)
	if !ok || !lock.IsField() {
		return nil, false
	}
	sel, ok := ast.Unparen(u.Expr).(*ast.SelectorExpr)
	for ok {
		st, isStruct := structOf(f.pkg.TypeOf(sel.X))
		if isStruct {
			if field := fieldNamed(st, lock.Name()); field != nil && field.Origin() == lock {
				return sel.X, lock.Embedded()
			}
		}
		sel, ok = ast.Unparen(sel.X).(*ast.SelectorExpr)
	}
	return nil, false
}
