package sharing

import (
	"go/ast"
	"slices"
)

// EntryUses returns where the function of an access that looks an entry up, without the
// guard of the map or slice, uses fields of that entry that others use under the guard,
// in conflict. The look alone under the guard would leave these races:
//
//	e, ok := s.entries[key]                 s.mu.Lock()
//	if !ok {                                s.entries[key].seen = now
//		return time.Time{}              s.mu.Unlock()
//	}
//	return e.seen
func (f *Facts) EntryUses(u Unguarded) (uses []ast.Expr) {
	for _, v := range f.vars {
		for _, a := range f.accesses[v] {
			if a.Func == u.Func && f.ofEntry(a, u.Access) && f.entryUsedUnder(a, u) {
				uses = append(uses, a.Expr)
			}
		}
	}
	return uses
}

// ofEntry reports whether an access names a field of the entry that another has looked up.
func (f *Facts) ofEntry(a, look *Access) bool {
	v := f.entryVariable(a)
	return v != nil && f.entrySource(a.fn, v) == look
}

// entryUsedUnder reports whether another function uses the variable of an access under the
// guard, in conflict.
func (f *Facts) entryUsedUnder(a *Access, u Unguarded) bool {
	return slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		return b.fn.outermost() != a.fn.outermost() && conflicts(a, b) && f.heldHere(b, b.Expr, u.Guard.Lock) && !f.early(b)
	})
}
