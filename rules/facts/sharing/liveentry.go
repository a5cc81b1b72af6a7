package sharing

import (
	"go/types"
	"slices"
)

// liveEntry reports whether a local variable holds an entry that stays in the map or slice in which
// its function has found it, under the lock of that: it is in the hands of all who find it there.
//
//	f.mu.RLock()
//	for _, e := range f.sensors {
//		sum += e.mean // under f.mu, while others hold e.mu
//	}
func (f *Facts) liveEntry(a *Access, v *types.Var) bool {
	if v.Kind() != types.LocalVar || f.entryVariable(a) != v {
		return false
	}
	from := f.entrySource(a.fn, v)
	if from == nil || from.Write || from.fn != a.fn || !f.before(a.fn, from.Expr, a.Expr) {
		return false
	}
	return len(f.stateAt(a.fn, from.Expr).locks) > 0 && !f.taken(a.fn, from, v) && !f.deletes(from)
}

// otherLockOfEntry reports whether an access of an entry holds the lock of the map or slice where
// the entry has one of its own, which whoever writes the variable holds, and a writer is called with
// no lock at all.
func (f *Facts) otherLockOfEntry(u Unguarded) bool {
	v := f.entryVariable(u.Access)
	if !u.Under || u.Guard.Thin || !u.Guard.exact() || v == nil || !f.liveEntry(u.Access, v) {
		return false
	}
	if f.confined(u.Var) || f.takenBefore(u) || u.fn.once || f.prepares(u.fn.outermost()) {
		return false
	}
	return slices.ContainsFunc(u.Guard.Holding, func(b *Access) bool {
		return conflicts(u.Access, b) && b.Write && !f.early(b) && f.calledBare(b.fn.outermost())
	})
}

// calledBare reports whether the package calls a function somewhere with no lock held, to do what it
// does while others are at work.
func (f *Facts) calledBare(fn *function) bool {
	return slices.ContainsFunc(f.realSites(fn), func(s site) bool {
		if s.in == nil || s.in.test || f.prepares(s.in.outermost()) {
			return false
		}
		state := f.stateAt(s.in, s.call)
		return s.runs == started || state.known && len(state.locks) == 0
	})
}
