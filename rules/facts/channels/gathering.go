package channels

import "go/ast"

// gathering returns the loops that receive as many signals of a channel as there are
// goroutines which give one, each behind its operation op or beside it: behind such
// a loop the goroutine of op has done what it does.
//
//	go func() { …; done <- true }()
//	go func() { …; done <- true }()
//	for range 2 {
//		<-done
//	}
func (f *Facts) gathering(t *Trace, op *Op) (loops []ast.Stmt) {
	for _, other := range f.channelsIn(op.Thread.Fn) {
		given, taken := other.Of(Send), other.Of(Receive)
		if other == t || len(taken) != 1 || taken[0].Thread != other.Home || len(other.Of(Close, Range)) > 0 || !f.oneEach(given) {
			continue
		}
		mine := startedWith(op, given)
		around := f.loopsAround(t.Fn, taken[0].Anchor)
		if len(mine) != 1 || !f.allAfter(mine, op) || len(around) != 1 {
			continue
		}
		if turns, known := f.knownTurns(around[0]); known && turns == int64(len(given)) {
			loops = append(loops, around[0])
		}
	}
	return loops
}

// oneEach reports whether every operation is made once by a goroutine of its own.
func (f *Facts) oneEach(ops []*Op) bool {
	seen := map[ast.Node]bool{}
	for _, op := range ops {
		if seen[op.Thread.Start] || op.Thread.Many() || f.repeats(op) || !op.Direct() {
			return false
		}
		seen[op.Thread.Start] = true
	}
	return len(ops) > 0
}

// startedWith returns those of some operations that the goroutine of op makes: each
// channel has threads of its own.
func startedWith(op *Op, ops []*Op) (own []*Op) {
	for _, other := range ops {
		if other.Thread.Start == op.Thread.Start {
			own = append(own, other)
		}
	}
	return own
}
