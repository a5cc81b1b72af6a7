package sharing

import "go/types"

// strangers reports whether two goroutines that one function starts make their accesses again and
// again, each when it has been given something, and neither tells anybody how far it has come
// before it ends: then what one of them waits for says nothing of the other.
//
//	go c.readLoop()  // for b := range c.in { c.n += len(b) }
//	go c.writeLoop() // for b := range c.out { log(c.n); … }
func (f *Facts) strangers(in *function, x, y strand, a, b *Access) bool {
	if in.test || x.start == nil || y.start == nil || x.start == y.start || !f.endsOnly(x.start) || !f.endsOnly(y.start) {
		return false
	}
	one, other := f.funcs[x.start.node], f.funcs[y.start.node]
	if one == nil || other == nil || !f.endless(one, a.itself()) || !f.endless(other, b.itself()) {
		return false
	}
	return !f.hearsOf(x.start, y.start) && !f.hearsOf(y.start, x.start)
}

// hearsOf reports whether a goroutine waits for something that another one gives, be it at its end.
func (f *Facts) hearsOf(goroutine, other *function) bool {
	gives := f.everySignal(other).gives
	for key := range f.everySignal(goroutine).waits {
		if v, ok := key.(*types.Var); ok && len(gives[v]) > 0 {
			return true
		}
	}
	return false
}

// everySignal returns the signals of a goroutine, those of what it calls included.
func (f *Facts) everySignal(goroutine *function) *signals {
	if goroutine.elsewhere {
		return f.signalsOf(goroutine)
	}
	return f.allSignals(goroutine)
}
