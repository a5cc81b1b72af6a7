package channels

import (
	"go/ast"
	"slices"
)

// gathering returns the loops that receive as many signals of a channel as there are
// goroutines which give one, each behind its operation op or beside it, and the last of as
// many receives that follow each other: behind it the goroutine of op has done what it does.
//
//	go func() { …; done <- true }()
//	go func() { …; done <- true }()
//	for range 2 {
//		<-done
//	}
func (f *Facts) gathering(t *Trace, op *Op) (loops []ast.Stmt, last []ast.Node) {
	for _, other := range f.channelsIn(op.Thread.Fn) {
		given, taken := other.Of(Send), other.Of(Receive)
		if other == t || len(taken) == 0 || len(In(other.Home, taken)) != len(taken) || len(other.Of(Close, Range)) > 0 {
			continue
		}
		givers := f.oneEach(given)
		mine := startedWith(op, given)
		if givers == 0 || len(mine) == 0 || !f.allAfter(mine, op) {
			continue
		}
		if len(taken) == givers && f.inLine(t.Fn, taken) {
			last = append(last, taken[len(taken)-1].Anchor)
			continue
		}
		around := f.loopsAround(t.Fn, taken[0].Anchor)
		if len(taken) != 1 || len(around) != 1 {
			continue
		}
		if turns, known := f.knownTurns(around[0]); known && turns == int64(givers) {
			loops = append(loops, around[0])
		}
	}
	return loops, last
}

// inLine reports whether operations of the home thread stand in no loop, and each is followed
// by the next.
func (f *Facts) inLine(fn ast.Node, ops []*Op) bool {
	for i, op := range ops {
		if !op.Direct() || len(f.loopsAround(fn, op.Anchor)) > 0 {
			return false
		}
		if i > 0 {
			if _, always := f.pkg.Flow(fn).Follows(ops[i-1].Node, op.Node); !always {
				return false
			}
		}
	}
	return true
}

// oneEach returns how many goroutines make one of some operations, if each of them makes no
// more than one, wherever it comes out; 0 if one may make two.
func (f *Facts) oneEach(ops []*Op) int {
	by := map[ast.Node][]*Op{}
	for _, op := range ops {
		if op.Thread.Many() || f.repeats(op) || !op.Direct() || slices.ContainsFunc(by[op.Thread.Start], func(other *Op) bool { return f.bothMade(op, other) }) {
			return 0
		}
		by[op.Thread.Start] = append(by[op.Thread.Start], op)
	}
	return len(by)
}

// bothMade reports whether a run of a function can make two operations.
func (f *Facts) bothMade(a, b *Op) bool {
	if a.Fn != b.Fn {
		return true
	}
	flow := f.pkg.Flow(a.Fn)
	one, _ := flow.Follows(a.Node, b.Node)
	other, _ := flow.Follows(b.Node, a.Node)
	return one || other
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
