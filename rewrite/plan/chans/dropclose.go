package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// DropClose leaves the close of a channel to the deferred call that closes it, too:
//
//	defer close(done)                defer close(done)
//	if err := run(); err != nil {    if err := run(); err != nil {
//		close(done)          →
//		return err                       return err
//	}                                }
//
// What follows the close is a return that computes nothing, so the deferred call closes as
// soon; before, it panicked there. It refuses where the defer may not have been reached, and
// where another call is deferred behind it: that would run before the channel is closed.
func DropClose(s *edit.Site) error {
	call, ok := s.Bound("$close").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no close")
	}
	later, ok := s.Bound("$first").(*ast.DeferStmt)
	if !ok {
		return errors.New("which of the two should close the channel is not clear")
	}
	if again, ok := s.Match.Pkg.Callee(later.Call).(interface{ Name() string }); !ok || again.Name() != "close" {
		return fmt.Errorf("line %d defers more than to close the channel", around.Line(s, later))
	}
	st := around.StatementOf(s, call)
	list, ok := s.ListAround(st)
	if st == nil || !ok {
		return errors.New("the close is no statement of its own")
	}
	i := slices.Index(list, st)
	if i < 0 || i+1 >= len(list) {
		return errors.New("no return follows the close")
	}
	if ret, ok := list[i+1].(*ast.ReturnStmt); !ok || !plainResults(s, ret) {
		return fmt.Errorf("line %d runs behind the close, and may need it", around.Line(s, list[i+1]))
	}
	if _, all := s.Match.Pkg.Flow(around.InnermostFunction(s.Match.Decl, st)).Precedes(later, st); !all {
		return fmt.Errorf("line %d may not have been reached", around.Line(s, later))
	}
	if d := deferredBehind(s, later); d != nil {
		return fmt.Errorf("what line %d defers would run before the channel is closed", around.Line(s, d))
	}
	s.Delete(s.Stmt(st))
	return nil
}

// deferredBehind returns another defer statement of the function behind one of its own.
func deferredBehind(s *edit.Site, first *ast.DeferStmt) (found *ast.DeferStmt) {
	ast.Inspect(around.BodyOf(around.InnermostFunction(s.Match.Decl, first)), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && d.Pos() > first.Pos() && found == nil {
			found = d
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return found
}
