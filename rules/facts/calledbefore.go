package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// calledBefore reports whether a call that may take a lock which is held stands, word for word,
// before the lock is taken as well: what it needs the lock for is done there, and kept.
//
//	c.load(x) // fills the cache, outside of the lock
//	mu.Lock()
//	defer mu.Unlock()
//	t := c.load(x)
func (u *unit) calledBefore(call *ast.CallExpr, held []takeID) (before bool) {
	flow := u.pkg.Flow(u.root)
	if flow == nil {
		return false
	}
	words := types.ExprString(call)
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		first, ok := n.(*ast.CallExpr)
		if ok && !before && first != call && types.ExprString(first) == words {
			before = !slices.ContainsFunc(held, func(id takeID) bool {
				_, always := flow.Precedes(first, u.takes[id])
				return !always
			})
		}
		return !before
	})
	return before
}
