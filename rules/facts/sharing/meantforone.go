package sharing

import "go/types"

// leastOpen is how many other fields without a lock show that an object is used by one goroutine.
const leastOpen = 2

// meantForOne reports whether a method uses, with no lock, several other fields of its object that
// change while it lives, and that nobody locks for: its author expects one goroutine to call it, the
// one that changes them, too, and the lock keeps out another.
//
//	func (w *Writer) Handle(b *Batch) {
//		if time.Since(w.last) < w.delay { … } // last is set by Write, which others call, under the lock
//		w.tries++
//		w.delay = w.wait(w.tries)
func (f *Facts) meantForOne(a *Access, lock types.Object) bool {
	st, open := f.structOfField(a.Var), 0
	for _, v := range f.vars {
		if v != a.Var && st != nil && f.structOfField(v) == st && f.usesOpenly(a.fn.outermost(), v, lock) {
			open++
		}
	}
	return open >= leastOpen
}

// usesOpenly reports whether a function uses a field, and some function that prepares nothing sets it,
// both without a lock.
func (f *Facts) usesOpenly(fn *function, v *types.Var, lock types.Object) bool {
	uses, sets := false, false
	for _, b := range f.accesses[v] {
		top := b.fn.outermost()
		state := f.heldAt(b)
		if _, held := state.locks[lock]; held || len(state.locks) > 0 || b.fn.test {
			continue
		}
		uses = uses || top == fn
		sets = sets || b.Write && !f.early(b) && !f.prepares(top) && !setterName.MatchString(top.name())
	}
	return uses && sets
}
