package sharing

import (
	"go/types"
	"slices"
)

// HeldElsewhere reports whether another function uses the variable of an access with a lock held.
func (f *Facts) HeldElsewhere(a *Access, lock types.Object) bool {
	return slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		if b.fn.outermost() == a.fn.outermost() {
			return false
		}
		_, held := f.stateAt(b.fn, b.Expr).locks[lock]
		return held
	})
}
