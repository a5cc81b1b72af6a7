package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// leftForCaller reports whether who calls this function releases such a lock behind
// the call, without having taken it: some result tells him which way was taken, and
// what looks forgotten is left for him.
func (u *unit) leftForCaller(of types.Object) bool {
	decl, ok := u.root.(*ast.FuncDecl)
	if !ok {
		return false
	}
	fn, _ := u.pkg.Def(decl.Name).(*types.Func)
	for root, by := range u.pkg.lockFacts.of {
		if root != u.root && by.releasesBehind(fn, of) {
			return true
		}
	}
	return false
}

// releasesBehind reports whether the unit releases a lock of a class that it may not
// have taken itself, somewhere behind a call of a function.
func (u *unit) releasesBehind(fn *types.Func, of types.Object) bool {
	for i := range u.sites {
		call := &u.sites[i]
		if !slices.Contains(call.fns, fn) {
			continue
		}
		for j := range u.sites {
			site := &u.sites[j]
			if site.call.Pos() > call.call.Pos() && u.isRelease(site, of) && !u.releasesOwn(site, of) && !u.takenBetween(call.call, site.call, of) {
				return true
			}
		}
	}
	return false
}

// takenBetween reports whether the last that the unit does to such locks between a call and a
// release, in source order, is to take one, be it by a function that does so.
func (u *unit) takenBetween(call, release *ast.CallExpr, of types.Object) (taken bool) {
	last := call.Pos()
	for t := range u.takeIDs {
		if at := t.call.Pos(); last < at && at < release.Pos() && u.locks[t.lock].class.of == of {
			last, taken = at, true
		}
	}
	for i := range u.sites {
		if at := u.sites[i].call.Pos(); last < at && at < release.Pos() && u.isRelease(&u.sites[i], of) {
			last, taken = at, false
		}
	}
	return taken
}
