package channels

import (
	"go/ast"
	"go/constant"
	"go/token"

	"github.com/lockfix/lockfix/rules/facts"
)

// beforeAll narrows a search to the ways out that can come when an operation is waited
// for: who counts up to a number is not there yet when a loop of as many turns is left
// early.
//
//	go func() { for range heard { if n++; n == 100 { all <- true } } }()
//	for i := range 100 { if err := hand(i); err != nil { return err } }
//	<-all
func (f *Facts) beforeAll(s *search, op *Op) *search {
	n := f.countedTo(op)
	if n < 2 {
		return s
	}
	s.leaves = func(b *facts.Block) bool { return b.Exit.Normal() && !f.leavesTurn(s.fn, b.Way, n) }
	return s
}

// countedTo returns the number that a variable must have come to for an operation, 0 if
// there is none.
func (f *Facts) countedTo(op *Op) int64 {
	for _, cond := range conditionsAround(op.Fn, op.Node) {
		v, compared, bound := f.bounded(cond)
		if v == nil || compared != token.EQL && compared != token.GEQ {
			continue
		}
		if n, exact := constant.Int64Val(bound); exact {
			return n
		}
	}
	return 0
}

// leavesTurn reports whether a way out stands in a loop of n turns.
func (f *Facts) leavesTurn(fn, way ast.Node, n int64) bool {
	for _, loop := range f.loopsAround(fn, way) {
		if turns, known := f.knownTurns(loop); known && turns == n {
			return true
		}
	}
	return false
}
