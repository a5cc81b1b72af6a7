// Package waits has the strategies for those who wait until others are done: a
// sync.WaitGroup's Add, Done and Wait, and the loop around the wait at a sync.Cond.
package waits

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rewrite/plan/chans"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// WaitBehind moves a Wait behind the loop that starts the goroutines:
//
//	wg.Add(len(all))                 wg.Add(len(all))
//	for _, x := range all {          for _, x := range all {
//		go work(x)           →           go work(x)
//		wg.Wait()                }
//	}                                wg.Wait()
//
// A loop without a turn did not wait, and must not then: it is refused where a turn may start
// none of what is counted, or there may be fewer turns.
func WaitBehind(s *edit.Site) error {
	wait, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	turn := channels.Of(s.Match.Pkg).WaitInLoop(wait)
	if turn == nil {
		return errors.New("internal: nothing is known of the group")
	}
	st := around.StatementOf(s, wait)
	list, _ := s.ListAround(st)
	if len(list) < 2 || list[len(list)-1] != st {
		return fmt.Errorf("the loop does something after the Wait, at line %d", around.Line(s, list[len(list)-1]))
	}
	if !turn.Each {
		return fmt.Errorf("the loop may start fewer goroutines than line %d counts, or none: the Wait behind it would never end, where without a turn nobody waited", around.Line(s, turn.Add.Node))
	}
	if leaves := leavesLoop(turn.Loop); leaves != nil {
		return fmt.Errorf("line %d leaves the loop before all goroutines are started", around.Line(s, leaves))
	}
	if _, ok := s.ListAround(turn.Loop); !ok {
		return errors.New("the loop stands in no list of statements")
	}
	if id := around.ChangedByTurns(s, turn.Loop); id != nil {
		return fmt.Errorf("the goroutine uses %s at line %d, which another turn changes", id.Name, around.Line(s, id))
	}
	moved := edit.ExprStmt(s.Copy(wait))
	edit.MoveComments(s.Stmt(st), moved)
	s.Delete(s.Stmt(st))
	s.InsertAfter(s.Stmt(turn.Loop), moved)
	return nil
}

// leavesLoop returns a break, goto, return or continue with a label in a loop.
func leavesLoop(loop ast.Stmt) ast.Node {
	return leavesBy(loop, func(jump *ast.BranchStmt) bool { return jump.Tok != token.CONTINUE || jump.Label != nil })
}

// leavesBy returns a return in a statement, or one of the jumps that count.
func leavesBy(st ast.Stmt, counts func(*ast.BranchStmt) bool) (found ast.Node) {
	ast.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			found = n
		case *ast.BranchStmt:
			if counts(n) {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// WaitAside lets a goroutine of its own wait and close, so that the function
// receives meanwhile:
//
//	                             go func() {
//	wg.Wait()                            wg.Wait()
//	close(results)           →           close(results)
//	                             }()
//	for r := range results {     for r := range results {
//
// The range ends when the channel is closed, so after all are done: what stands
// behind it finds them done, as it did. A function that returns the channel gives it away
// while the goroutines run: where none of them sent it waited for all, so that is unsafe.
func WaitAside(s *edit.Site) error {
	cycle, err := cycleOf(s)
	if err != nil {
		return err
	}
	wait := around.StatementOf(s, cycle.Wait.Node.(*ast.CallExpr))
	if wait == nil {
		return errors.New("the Wait is no statement of its own")
	}
	list, ok := s.ListAround(wait)
	i := slices.Index(list, wait)
	if !ok || i+2 >= len(list) || !isCloseOf(list[i+1], cycle.Channel) {
		return errors.New("no close of the channel follows the Wait")
	}
	for _, err := range []error{takenNext(s, cycle.Channel, list[i+2]), otherSends(s, cycle), writtenMeanwhile(s, cycle.Channel, list[i+2]), countedMeanwhile(s, cycle, list[i+2])} {
		if err != nil {
			return err
		}
	}
	if len(cycle.Channel.Of(channels.Close)) != 1 {
		return errors.New("the channel is closed elsewhere too")
	}
	s.Wrap(s.Stmt(wait), s.Stmt(list[i+1]), func(b *dst.BlockStmt) dst.Stmt {
		lit := edit.FuncLit()
		lit.Body = b
		return &dst.GoStmt{Call: edit.Call(lit)}
	})
	return nil
}

// takenNext: a statement receives all that comes on a channel, or returns it and nothing that
// is found out meanwhile.
func takenNext(s *edit.Site, c *channels.Trace, next ast.Stmt) error {
	ranges := c.Of(channels.Range, channels.Receive)
	if ret, ok := next.(*ast.ReturnStmt); ok && len(ranges) == 0 {
		for _, x := range ret.Results {
			if tv := s.Match.Pkg.Info.Types[x]; channels.Of(s.Match.Pkg).Variable(x) != c.Var && tv.Value == nil && !tv.IsNil() {
				return fmt.Errorf("line %d returns something else, too, which the goroutines may set", around.Line(s, ret))
			}
		}
		s.Downgrade(rules.Unsafe, "the function gives the channel away while the goroutines run, where it waited if none of them sent")
		return nil
	}
	if len(ranges) != 1 || ranges[0].Node != ast.Node(next) {
		return errors.New("the results are not received by one range right behind the close")
	}
	if leaves := leavesLoop(next); leaves != nil {
		return fmt.Errorf("line %d leaves the range before it ends: who sends then would wait for ever", around.Line(s, leaves))
	}
	return nil
}

// isCloseOf reports whether a statement closes the channel.
func isCloseOf(st ast.Stmt, t *channels.Trace) bool {
	return slices.ContainsFunc(t.Of(channels.Close), func(op *channels.Op) bool {
		x, ok := st.(*ast.ExprStmt)
		return ok && op.Node == ast.Node(x.X)
	})
}

// BufferWait gives the channel room, so that the goroutines can be done.
func BufferWait(s *edit.Site) error {
	cycle, err := cycleOf(s)
	if err != nil {
		return err
	}
	if err := otherSends(s, cycle); err != nil {
		return err
	}
	t := cycle.Channel
	if t.MadeElsewhere() {
		return errors.New("another function makes the channel, and may do so for others")
	}
	if len(t.Make.Args) > 1 {
		return errors.New("the channel has a buffer already: why it has that size is not known")
	}
	f := channels.Of(s.Match.Pkg)
	if because, _ := f.Rendezvous(t); because != "" {
		return errors.New(because)
	}
	size, err := chans.RoomFor(s, f, t, cycle.Send)
	if err != nil {
		return err
	}
	if t.Returned {
		s.Downgrade(rules.Unsafe, "what the callers of the function do with the channel is not known")
	}
	made, ok := s.Expr(t.Make).(*dst.CallExpr)
	if !ok {
		return errors.New("the channel is made in another file")
	}
	made.Args = append(made.Args, size)
	return nil
}

func cycleOf(s *edit.Site) (*channels.WaitCycle, error) {
	wait, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return nil, errors.New("internal: the rule binds no call")
	}
	cycle := channels.Of(s.Match.Pkg).WaitCycle(wait)
	if cycle == nil {
		return nil, errors.New("internal: nothing is known of the group")
	}
	return cycle, nil
}
