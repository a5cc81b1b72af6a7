package waits

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// AddEach counts each goroutine where it starts, instead of all before the loop:
//
//	wg.Add(len(all))
//	for _, x := range all {          for _, x := range all {
//		if !x.ok() {         →           if !x.ok() {
//			continue                         continue
//		}                                }
//		                                 wg.Add(1)
//		go work(x)                       go work(x)
//	}                                }
func AddEach(s *edit.Site) error {
	f := channels.Of(s.Match.Pkg)
	wait, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	skipped := f.Skipped(wait)
	if skipped == nil {
		return errors.New("what is counted too much is not clear")
	}
	if skipped.Loop.Pos() <= wait.Pos() && wait.Pos() < skipped.Loop.End() || wait.Pos() < skipped.Loop.Pos() {
		return errors.New("the Wait does not stand behind the loop")
	}
	if skipped.Off != nil {
		return fmt.Errorf("line %d counts a turn off by itself: it would count off what is not counted any more", around.Line(s, skipped.Off))
	}
	add := skipped.Add
	if skipped.Shared {
		return errors.New("the group is a field: who waits for it elsewhere may find it empty between two turns")
	}
	st := around.StatementOf(s, add)
	start, ok := skipped.Go.(*ast.GoStmt)
	if st == nil || !ok || !s.Match.Pkg.Pure(add.Args[0]) {
		return errors.New("the Add is no statement of its own")
	}
	for _, n := range []ast.Stmt{st, start} {
		if _, ok := s.ListAround(n); !ok {
			return errors.New("the Add, or the go statement, stands in no list of statements")
		}
	}
	one := s.Copy(add).(*dst.CallExpr)
	one.Args = []dst.Expr{&dst.BasicLit{Kind: token.INT, Value: "1"}}
	moved := edit.ExprStmt(one)
	edit.MoveComments(s.Stmt(st), moved)
	s.Delete(s.Stmt(st))
	s.InsertBefore(s.Stmt(start), moved)
	return nil
}
