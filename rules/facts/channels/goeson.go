package channels

import (
	"go/ast"

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
