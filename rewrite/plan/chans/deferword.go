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

// DeferWord lets a goroutine tell of its end on every way out, by one deferred
// close:
//
//	func (s *T) run() {              func (s *T) run() {
//		if err := f(); err != nil {      defer close(s.done)
//			return           →       if err := f(); err != nil {
//		}                                        return
//		close(s.done)                    }
//	}                                }
//
// Each close that it replaces was the last thing on its way, so it runs when it
// ran, but before what was deferred already. It is unsafe: on a way without a
// close the function could be started anew for the same channel.
func DeferWord(s *edit.Site) error {
	f := channels.Of(s.Match.Pkg)
	receive, ok := s.Bound("$receive").(*ast.UnaryExpr)
	if !ok {
		return errors.New("internal: the rule binds no receive")
	}
	c := f.Class(receive.X)
	if c == nil || len(c.Of(channels.Close)) == 0 || len(c.Of(channels.Send)) > 0 {
		return errors.New("the goroutine tells of its end by a send: what it should send there is not known")
	}
	at := s.At(c.Of(channels.Close)[0].Node)
	var body *ast.BlockStmt
	var closes []ast.Stmt
	for _, op := range c.Of(channels.Close) {
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
		body, closes = around.BodyOf(op.Fn), append(closes, st)
	}
	if err := knownAtEntry(s, f, c, body); err != nil {
		return err
	}
	word := at.Copy(c.Of(channels.Close)[0].Node.(ast.Expr)).(*dst.CallExpr)
	for _, st := range closes {
		at.Delete(at.Stmt(st))
	}
	at.InsertFirst(at.Node(body), edit.DeferStmt(word))
	return nil
}

// knownAtEntry: the channel is named by a variable that the function has when it
// begins, and by nothing that is assigned meanwhile.
func knownAtEntry(s *edit.Site, f *channels.Facts, c *channels.Class, body *ast.BlockStmt) error {
	if c.Replaced {
		return fmt.Errorf("%s may be another channel by then", c.Var.Name())
	}
	root := f.Root(c.Of(channels.Close)[0].Chan)
	if root == nil {
		return errors.New("which channel it is depends on more than a variable")
	}
	if at := s.Match.Pkg.ObjectOf(root).Pos(); body.Pos() <= at && at < body.End() {
		return fmt.Errorf("%s is not there yet where the goroutine begins", root.Name)
	}
	return nil
}
