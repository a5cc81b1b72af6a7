package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
)

// locksThrough returns the locks that a function holds on the way to an access as who calls it
// knows them: a lock that is a parameter is the one that the call gives.
//
//	go background(&c.mu, c.entries) // func background(mu sync.Locker, m map[string]int) { mu.Lock(); … }
func (f *Facts) locksThrough(locks lockset, c outgoing) lockset {
	all := locks
	for class, write := range locks {
		v, ok := class.(*types.Var)
		if !ok || v.Kind() != types.ParamVar {
			continue
		}
		if given := f.lockGiven(f.givenAs(v, c)); given != nil {
			if len(all) == len(locks) {
				all = maps.Clone(locks)
			}
			all[given] = write
		}
	}
	return all
}

// lockGiven returns the class of the lock whose address an argument is, or that it holds.
func (f *Facts) lockGiven(arg ast.Expr) types.Object {
	if arg == nil {
		return nil
	}
	if address, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok && address.Op == token.AND {
		arg = address.X
	}
	v, ok := f.holder(arg).(*types.Var)
	if !ok {
		return nil
	}
	return v.Origin()
}
