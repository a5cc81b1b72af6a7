package plan

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"
)

// dropClose leaves the close of a channel to the deferred call that closes it, too:
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
func dropClose(s *Site) error {
	call, ok := s.Bound("$close").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no close")
	}
	later, ok := s.Bound("$first").(*ast.DeferStmt)
	if !ok {
		return errors.New("which of the two should close the channel is not clear")
	}
	if again, ok := s.Match.Pkg.Callee(later.Call).(interface{ Name() string }); !ok || again.Name() != "close" {
		return fmt.Errorf("line %d defers more than to close the channel", s.line(later))
	}
	st := s.statementOf(call)
	list, ok := s.listAround(st)
	if st == nil || !ok {
		return errors.New("the close is no statement of its own")
	}
	i := slices.Index(list, st)
	if i < 0 || i+1 >= len(list) {
		return errors.New("no return follows the close")
	}
	if ret, ok := list[i+1].(*ast.ReturnStmt); !ok || !plainResults(s, ret) {
		return fmt.Errorf("line %d runs behind the close, and may need it", s.line(list[i+1]))
	}
	if _, all := s.Match.Pkg.Flow(functionAround(s.Match.Decl, st)).Precedes(later, st); !all {
		return fmt.Errorf("line %d may not have been reached", s.line(later))
	}
	if d := s.deferredBehind(later); d != nil {
		return fmt.Errorf("what line %d defers would run before the channel is closed", s.line(d))
	}
	s.Delete(s.Stmt(st))
	return nil
}

// deferredBehind returns another defer statement of the function behind one of its own.
func (s *Site) deferredBehind(first *ast.DeferStmt) (found *ast.DeferStmt) {
	ast.Inspect(bodyOf(functionAround(s.Match.Decl, first)), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && d.Pos() > first.Pos() && found == nil {
			found = d
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return found
}
