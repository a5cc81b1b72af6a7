package waits

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// otherSends refuses where the goroutines that a group counts send on another channel, too, of
// which nobody receives before the Wait: with one of the two repaired they wait at the other.
//
//	if err != nil { errs <- err; return }
//	results <- n
func otherSends(s *edit.Site, cycle *channels.WaitCycle) (err error) {
	f := channels.Of(s.Match.Pkg)
	for _, op := range cycle.Channel.Of(channels.Send) {
		ast.Inspect(op.Thread.Fn, func(n ast.Node) bool {
			send, ok := n.(*ast.SendStmt)
			if !ok || err != nil {
				return err == nil
			}
			v := f.Variable(send.Chan)
			if v == nil || v == cycle.Channel.Var {
				return true
			}
			if other := f.Trace(v); other != nil && other.Unknown == nil && servedBehind(other, cycle.Wait.Node) {
				err = fmt.Errorf("the goroutine sends on %s, too, at line %d, and nobody receives that before the Wait", v.Name(), around.Line(s, send))
			}
			return err == nil
		})
	}
	return err
}

// servedBehind reports whether a channel has no room, and is received by its function alone,
// behind a node.
func servedBehind(t *channels.Trace, wait ast.Node) bool {
	receives := t.Of(channels.Receive, channels.Range)
	if t.Make == nil || len(t.Make.Args) > 1 || len(channels.In(t.Home, receives)) != len(receives) {
		return false
	}
	for _, r := range receives {
		if r.Node.Pos() < wait.Pos() {
			return false
		}
	}
	return true
}

// writtenMeanwhile refuses where the body of the range uses what the goroutines write: they were
// done there, and run on now.
//
//	for r := range results { sum += seen[r] } // go func() { results <- x; seen[x]++ }()
func writtenMeanwhile(s *edit.Site, c *channels.Trace, next ast.Stmt) error {
	loop, ok := next.(*ast.RangeStmt)
	if !ok {
		return nil
	}
	written := map[types.Object]token.Pos{}
	for _, op := range c.Of(channels.Send) {
		fn := op.Thread.Fn
		ast.Inspect(fn, func(n ast.Node) bool {
			for _, lhs := range around.AssignedBy(n) {
				if v := around.RootVar(s, lhs); v != nil && (v.Pos() < fn.Pos() || fn.End() <= v.Pos()) {
					written[v] = n.Pos()
				}
			}
			return true
		})
	}
	var err error
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || err != nil {
			return err == nil
		}
		if at, is := written[s.Match.Pkg.Use(id)]; is {
			err = fmt.Errorf("line %d uses %s, which the goroutines may still write, at line %d", around.Line(s, id), id.Name, s.Match.Pkg.Fset.Position(at).Line)
		}
		return err == nil
	})
	return err
}

// countedMeanwhile refuses where the body of the range uses the group: the Wait runs beside it then,
// and an Add that comes when nothing is counted any more is misuse.
func countedMeanwhile(s *edit.Site, cycle *channels.WaitCycle, next ast.Stmt) (err error) {
	ast.Inspect(next, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && err == nil && s.Match.Pkg.Use(id) == cycle.Group.Var {
			err = fmt.Errorf("line %d uses %s, for which the other goroutine still waits then", around.Line(s, id), id.Name)
		}
		return err == nil
	})
	return err
}
