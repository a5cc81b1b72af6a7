package chans

import (
	"errors"
	"fmt"
	"go/ast"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// DeferHalf lets the function that makes a channel close it on every way out, by one
// deferred close right behind the make:
//
//	c := &call{done: make(chan struct{})}     c := &call{done: make(chan struct{})}
//	                                      →   defer close(c.done)
//	g.calls[key] = c                          g.calls[key] = c
//	if err != nil { return err }              if err != nil { return err }
//	close(c.done)
//
// Each close that it replaces was the last thing on its way, so it runs when it ran. It is
// unsafe: who waited for ever on the other ways goes on now, and finds no result there.
func DeferHalf(s *edit.Site) error {
	receive, ok := s.Bound("$receive").(*ast.UnaryExpr)
	if !ok {
		return errors.New("internal: the rule binds no receive")
	}
	f := channels.Of(s.Match.Pkg)
	half := f.HalfClosed(receive, receive.X)
	if half == nil {
		return errors.New("internal: nothing is known of the channel")
	}
	if half.Ran || half.Handed {
		return fmt.Errorf("the close at line %d stands in another function than the make", around.Line(s, half.Close))
	}
	at := s.At(half.Make)
	made := assignmentOf(at, half.Make)
	if made == nil {
		return errors.New("the statement that makes the channel does more than that")
	}
	if path := at.PathTo(made); inLoopOf(path) {
		return errors.New("the channel is made in a loop: a deferred close would come too late")
	}
	var closes []ast.Stmt
	for _, op := range f.Class(receive.X).Of(channels.Close) {
		st := around.StatementOf(at, op.Node.(*ast.CallExpr))
		if st == nil || op.Defer != nil {
			return fmt.Errorf("the close at line %d is no statement of its own", around.Line(at, op.Node))
		}
		if n := f.After(op.Fn, st); n != nil {
			return fmt.Errorf("line %d runs after the close at line %d", around.Line(at, n), around.Line(at, op.Node))
		}
		if around.LeavesNothing(at, st) {
			return fmt.Errorf("without the close at line %d nothing would be left of its block", around.Line(at, op.Node))
		}
		closes = append(closes, st)
	}
	word := at.Copy(half.Close.(ast.Expr)).(*dst.CallExpr)
	for _, st := range closes {
		at.Delete(at.Stmt(st))
	}
	at.InsertAfter(at.Stmt(made), edit.DeferStmt(word))
	return nil
}

// assignmentOf returns the assignment whose one value is, or holds as a field, what a node makes.
func assignmentOf(s *edit.Site, n ast.Node) *ast.AssignStmt {
	path := s.PathTo(n)
	for i := len(path) - 1; i >= 0; i-- {
		switch around := path[i].(type) {
		case *ast.KeyValueExpr, *ast.CompositeLit, *ast.UnaryExpr:
		case *ast.AssignStmt:
			if len(around.Rhs) == 1 {
				return around
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// inLoopOf reports whether a path leads through a loop of its innermost function.
func inLoopOf(path []ast.Node) (loop bool) {
	for _, n := range path {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			loop = true
		case *ast.FuncLit, *ast.FuncDecl:
			loop = false
		}
	}
	return loop
}
