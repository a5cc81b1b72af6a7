package channels

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// sendsOn reports whether a goroutine, once it has sent, goes on with the next
// turn of the loop that sends, whatever it has sent: only the loop's own end
// leads out of it. Who stops receiving in the middle cannot know that there is
// nothing left.
func (f *Facts) sendsOn(op *Op) bool {
	loops := f.loopsAround(op.Fn, op.Node)
	if len(loops) == 0 || op.Fn != op.Thread.Fn {
		return false
	}
	loop := loops[len(loops)-1]
	if forever, ok := loop.(*ast.ForStmt); ok && forever.Cond == nil {
		return false // it never ends, as whoever started it knows
	}
	s := &search{
		f: f, fn: op.Fn, flow: f.pkg.Flow(op.Fn), from: op.Node,
		covered: func(ast.Node) bool { return false },
		crossed: func(from *facts.Block, e facts.Edge) bool { return f.ends(from, e, loop) },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.out() == nil && !s.lost
}

// mayHaveSent reports whether a goroutine, where it sends, may have sent before: who has left for
// what that was does not receive this.
//
//	err := each(func() error { …; select { case ch <- r: case <-ctx.Done(): }; return err })
//	if err != nil { ch <- result{err: err} }
func (f *Facts) mayHaveSent(t *Trace, op *Op) bool {
	if !op.Direct() || op.Thread.Many() || f.repeats(op) {
		return false
	}
	for _, n := range t.Elsewhere { // in a literal that the goroutine passes on
		if op.Thread.Fn.Pos() <= n.Pos() && n.End() <= op.Node.Pos() {
			return true
		}
	}
	flow := f.pkg.Flow(op.Thread.Fn)
	return slices.ContainsFunc(In(op.Thread, t.Of(Send)), func(first *Op) bool {
		if first == op || first.Deferred != nil {
			return false
		}
		some, _ := flow.Follows(first.Anchor, op.Anchor)
		return some
	})
}
