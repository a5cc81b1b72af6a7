package sharing

import (
	"go/types"
	"slices"
)

// Who looks an entry up in a guarded map or slice under the lock, and reads a field of
// it behind the unlock, races with others who look entries of that map up under the
// lock, and write the field there.
//
//	m.mu.Lock()                             m.mu.Lock()
//	n := m.nodes[name]                      defer m.mu.Unlock()
//	m.mu.Unlock()                           n := m.nodes[name]
//	send(n.addr)                            n.addr = msg.addr

// entryRead returns what is wrong with a read of an entry's field, behind the unlock of
// the section in which its function, or one that it calls, has looked the entry up.
func (f *Facts) entryRead(a *Access) (Unguarded, bool) {
	if a.Write || a.Element || a.Address || a.Atomic || a.fn.test && !f.ofTest(a.Var) || a.fn.once {
		return Unguarded{}, false
	}
	v := f.entryVariable(a)
	if v == nil || !f.varies(a.Var) || f.prepares(a.fn.outermost()) || f.excused(a) {
		return Unguarded{}, false
	}
	from := f.entrySource(a.fn, v)
	if from == nil || from.Write || from.fn == a.fn && !f.before(a.fn, from.Expr, a.Expr) || f.deletes(from) || f.deletes(&Access{Var: from.Var, fn: a.fn}) {
		return Unguarded{}, false
	}
	lock := f.entryLock(from, a)
	if from.fn != a.fn && f.changesState(from.fn) {
		return Unguarded{}, false
	}
	if lock == nil || !f.released(a.fn, a.Expr, lock) || a.fn.says() || !f.quiet(a.fn, a.Expr) {
		return Unguarded{}, false
	}
	if b := f.entryWriter(a, from, lock); b != nil {
		return Unguarded{Access: a, Guard: &Guard{Lock: lock, Holding: []*Access{b}, All: 2}, With: b, From: from}, true
	}
	return Unguarded{}, false
}

// changesState reports whether a function that looks something up for others also sets a
// flag: maybe from then on nobody changes what it has found.
//
//	t.executed = true // Parse is refused now
//	return t.set[name]
func (f *Facts) changesState(fn *function) bool {
	for _, all := range f.accessesByPlace()[fn.outermost()] {
		if slices.ContainsFunc(all, func(a *Access) bool { return a.Write && a.Var.IsField() && isFlag(a.Var) }) {
			return true
		}
	}
	return false
}

// entryWriter returns a write of the field of an access that another function makes to
// what it has found in the same map or slice, under the lock that it has taken to write.
func (f *Facts) entryWriter(a, from *Access, lock types.Object) *Access {
	held := f.stateAt(a.fn, a.Expr).locks
	i := slices.IndexFunc(f.accesses[a.Var], func(b *Access) bool {
		if !b.Write || b.fn.outermost() == a.fn.outermost() || b.fn.test && !f.ofTest(b.Var) || b.Address || b.fn.once || !conflicts(a, b) || !f.heldHere(b, b.Expr, lock) {
			return false
		}
		state := f.stateAt(b.fn, b.Expr)
		if !state.locks[lock] || len(held.both(state.locks)) > 0 || f.early(b) || f.excused(b) || !f.ofSameEntries(b, from.Var) {
			return false
		}
		return !f.oneGoroutine(a.fn, b.fn) && !f.ordered(a, b)
	})
	if i < 0 {
		return nil
	}
	return f.accesses[a.Var][i]
}
