package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// guardsAt reports whether a lock is the one for an access: most uses of the
// variable say so, or it lies in a struct on the way to the variable, or both
// are the package's. Another object's lock may be held for something else.
func (f *Facts) guardsAt(lock types.Object, a *Access) bool {
	if g := f.GuardOf(a.Var); g != nil {
		return g.Lock == lock
	}
	field, ok := lock.(*types.Var)
	if !ok || field.IsField() != a.Var.IsField() {
		return false
	}
	if !field.IsField() {
		return true
	}
	around := f.structOfField(field)
	for e := a.Expr; around != nil; {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			break
		}
		if v, ok := f.pkg.Use(sel.Sel).(*types.Var); ok && f.structOfField(v.Origin()) == around {
			return true
		}
		e = sel.X
	}
	return false
}

// usedUnder reports whether others read or write the variable under the lock, in
// another function, and on another goroutine than the one that makes the access.
func (f *Facts) usedUnder(a *Access, lock types.Object) bool {
	holders := map[*function]bool{}
	others := false
	for _, b := range f.accesses[a.Var] {
		state, counts := f.counts(b)
		if _, held := state.locks[lock]; counts && held {
			holders[b.fn.outermost()] = true
			others = others || !f.oneGoroutine(a.fn, b.fn)
		}
	}
	return len(holders) > 1 && others
}

// onlyRead reports whether nobody takes a lock to write: it keeps nobody out, least
// of all another call of the same function.
func (f *Facts) onlyRead(lock types.Object) bool {
	if f.readOnly == nil {
		f.readOnly = f.locksOnlyRead()
	}
	return f.readOnly[lock]
}

// locksOnlyRead returns the fields and variables that are read-locked in the package,
// and that nobody locks to write, here or, by a pointer or from outside, elsewhere.
func (f *Facts) locksOnlyRead() map[types.Object]bool {
	only, lent := map[types.Object]bool{}, f.lentLocks()
	written := map[types.Object]bool{}
	for _, fn := range f.order {
		for _, taken := range f.pkg.Acquisitions(fn.node) {
			v, ok := classOf(taken.Lock).(*types.Var)
			if !ok {
				continue
			}
			written[v] = written[v] || !taken.Read
			only[v] = taken.Read && !written[v] && !lent[v] && !f.pkg.Reachable(v)
		}
	}
	return only
}

// lentLocks returns the variables whose address is taken.
func (f *Facts) lentLocks() map[types.Object]bool {
	lent := map[types.Object]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			addr, ok := n.(*ast.UnaryExpr)
			if !ok || addr.Op != token.AND {
				return true
			}
			switch x := ast.Unparen(addr.X).(type) {
			case *ast.SelectorExpr:
				lent[f.pkg.Use(x.Sel)] = true
			case *ast.Ident:
				lent[f.pkg.Use(x)] = true
			}
			return true
		})
	}
	return lent
}
