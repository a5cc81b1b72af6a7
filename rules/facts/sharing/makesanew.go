package sharing

import "go/types"

// leastAnew is how many other fields a function sets with no lock that makes its object anew.
const leastAnew = 3

// makesAnew reports whether a write is one of those by which a method gives its object another
// content: it sets several other fields as well, which no lock guards anywhere and which others set,
// too, so that its author expects nobody else to have the object, or to use it meanwhile.
//
//	// Reset prepares the context for the next request.
//	func (c *Context) Reset() { c.params = nil; c.index = -1; c.path = ""; c.keys = nil }
func (f *Facts) makesAnew(u Unguarded) bool {
	fn, st, anew := u.fn.outermost(), f.structOfField(u.Var), 0
	if !u.Write || fn != u.fn || st == nil || len(f.pkg.Acquisitions(fn.node)) > 0 {
		return false
	}
	for _, v := range f.vars {
		if v != u.Var && f.structOfField(v) == st && f.setsAlone(fn, v) {
			anew++
		}
	}
	return anew >= leastAnew
}

// setsAlone reports whether a function sets a field that others set, too, and nobody uses under a lock.
func (f *Facts) setsAlone(fn *function, v *types.Var) bool {
	here, there := false, false
	for _, b := range f.accesses[v] {
		if b.fn.test || b.Address {
			continue
		}
		if len(f.heldAt(b).locks) > 0 {
			return false
		}
		here = here || b.Write && !b.Content && b.fn == fn
		there = there || b.Write && b.fn.outermost() != fn && !f.Early(b)
	}
	return here && there
}
