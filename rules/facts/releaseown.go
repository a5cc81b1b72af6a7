package facts

import (
	"go/ast"
	"go/types"
)

// Who calls a function that keeps a lock has it from then on, as far as is
// known, and may release it. What a function releases that it has taken with a
// call of the lock's own method is no such release: it says nothing of what
// others have taken.

// releasesOthers reports whether a call of the unit releases a lock of a class
// that the unit may not have taken itself.
func (u *unit) releasesOthers(of types.Object) bool {
	for i := range u.sites {
		if site := &u.sites[i]; u.isRelease(site, of) && !u.releasesOwn(site, of) {
			return true
		}
	}
	return false
}

func (u *unit) isRelease(site *callSite, of types.Object) bool {
	return site.method != nil && site.method.op == Release && u.classAt(site) == of
}

// classAt returns the class of the lock whose method a call site calls.
func (u *unit) classAt(site *callSite) types.Object {
	sel := ast.Unparen(site.call.Fun).(*ast.SelectorExpr)
	if at, ok := u.receiver(sel); ok {
		return at.class.of
	}
	return u.classOf(sel).of
}

// releasesOwn reports whether a release finds nothing but what the unit has
// taken. One that was not simulated to the end, since what is before it waits
// for ever or leaves the lock unclear, must follow a call that takes the lock.
func (u *unit) releasesOwn(site *callSite, of types.Object) bool {
	known := false
	for _, r := range u.order {
		if r.done.gaveUp {
			return false
		}
		if found := r.done.unlocks[site.call]; found != nil && (found.double || found.crossed || found.refused) {
			return false
		}
		for id, release := range r.done.releases {
			if release.calls[site.call] && u.takeOf[id].helper {
				return false
			}
			known = known || release.calls[site.call]
		}
	}
	return known || u.behindTake(site, of)
}

// behindTake reports whether the last call before a release, in source order,
// of a method of such locks takes one.
func (u *unit) behindTake(release *callSite, of types.Object) bool {
	var last *callSite
	for i := range u.sites {
		site := &u.sites[i]
		before := site.method != nil && site.call.Pos() < release.call.Pos() && u.classAt(site) == of
		if before && (last == nil || site.call.Pos() > last.call.Pos()) {
			last = site
		}
	}
	return last != nil && last.method.op == Acquire
}
