package channels

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// toldBefore reports whether the receive is only reached past another, from the
// same goroutine, which that cannot serve and then end without:
//
//	go func() { …; close(items); done <- true }()
//	<-done
//	for item := range items { … }
func (f *Facts) toldBefore(t *Trace, op *Op, by *Thread, covered func(ast.Node) bool) bool {
	for _, v := range f.localChannels() {
		other := f.Trace(v)
		if other == nil || other == t || other.Unknown != nil || other.Fn != t.Fn {
			continue
		}
		heard := f.heardBefore(t, other, op)
		for _, word := range heard {
			w := words{all: other.Of(Send, Close), covered: covered}
			if f.leavesAtFailure(t.Fn, word.Node) {
				w.failed = f.failedWord
				w.all = slices.DeleteFunc(w.all, f.sendsFailure)
			}
			if f.leavesAtEach(t.Fn, heard) {
				w.covered = w.orFails(f, other)
			}
			if f.allFrom(w, by) {
				return true
			}
		}
	}
	return false
}

// heardBefore returns the receives of the home function from another channel that come before an
// operation on each way to it.
func (f *Facts) heardBefore(t, other *Trace, op *Op) (heard []*Op) {
	flow := f.pkg.Flow(t.Fn)
	for _, word := range other.Of(Receive) {
		if _, all := flow.Precedes(word.Anchor, rangedOver(op.Node)); all && word.Thread.In == nil {
			heard = append(heard, word)
		}
	}
	return heard
}

// leavesAtEach reports whether a function takes more than one word, and leaves at each that is a
// failure.
func (f *Facts) leavesAtEach(fn ast.Node, heard []*Op) bool {
	return len(heard) > 1 && !slices.ContainsFunc(heard, func(word *Op) bool { return !f.leavesAtFailure(fn, word.Node) })
}

// words are what a goroutine tells before it may end.
type words struct {
	all     []*Op
	covered func(ast.Node) bool               // does what is asked about
	failed  func(word *Op, e facts.Edge) bool // an edge on which the word was a failure, whose receiver leaves; may be nil
}

// orFails is covered, and says of what tells of a failure that it need not be followed.
func (w words) orFails(f *Facts, of *Trace) func(ast.Node) bool {
	fails := map[ast.Node]bool{}
	for _, word := range of.Of(Send) {
		fails[word.Anchor] = f.sendsFailure(word)
	}
	covered := w.covered
	return func(n ast.Node) bool { return fails[n] || covered(n) }
}

// failedWord reports whether an edge is only taken where what has been sent is an error.
//
//	errs <- err
//	if err != nil { return }
func (f *Facts) failedWord(word *Op, e facts.Edge) bool {
	send, ok := word.Node.(*ast.SendStmt)
	cond, isTest := e.Cond.(*ast.BinaryExpr)
	if !ok || !isTest || !f.pkg.IsNil(cond.Y) || cond.Op != token.NEQ && cond.Op != token.EQL || (cond.Op == token.NEQ) != e.Truth {
		return false
	}
	sent := f.Variable(send.Value)
	if sent == nil || f.Variable(cond.X) != sent || cond.Pos() < send.End() {
		return false
	}
	again := false
	f.pkg.Inspect(bodyOfFunc(word.Fn), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		again = again || ok && send.End() <= set.Pos() && set.End() <= cond.Pos() && slices.ContainsFunc(set.Lhs, func(e ast.Expr) bool { return f.Variable(e) == sent })
		return !again
	})
	return !again
}

// allFrom reports whether a goroutine alone says some words, none of which
// it says on a path that is not covered.
func (f *Facts) allFrom(w words, by *Thread) bool {
	for _, op := range w.all {
		if op.Thread.Start != by.Start || op.Thread.Fn != by.Fn || op.Deferred != nil {
			return false
		}
		to := &search{f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn), covered: w.covered, until: func(n ast.Node) bool { return n == op.Anchor }}
		from := &search{f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn), covered: w.covered, from: op.Anchor}
		if w.failed != nil {
			from.crossed = func(_ *facts.Block, e facts.Edge) bool { return w.failed(op, e) }
		}
		if to.out() != nil && from.out() != nil {
			return false
		}
	}
	return len(w.all) > 0
}
