package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// CloseLeaving closes the channel by which a goroutine tells how far it has come, on the ways out
// before that, too:
//
//	go func() {                          go func() {
//		c, err := dial()                     c, err := dial()
//		if err != nil {                      if err != nil {
//			return               →                   close(ready)
//		}                                            return
//		close(ready)                         }
//		serve(c)                             close(ready)
//	}()                                          serve(c)
//	<-ready                              }()
//
// Of each run one close alone is reached, as the returns before it stand before it in the text, and
// nothing jumps. Who waits goes on where it waited for ever, and finds nothing ready: it is unsafe.
func CloseLeaving(s *edit.Site) error {
	u, f, err := unservedOf(s)
	if err != nil {
		return err
	}
	if u.Trace == nil || u.By == nil || u.By.Many() {
		return around.Aside("which goroutine should close the channel is not clear")
	}
	lit, ok := u.By.Fn.(*ast.FuncLit)
	if !ok {
		return around.Aside("the goroutine that should close the channel runs no literal of this function")
	}
	told, err := toldOnce(s, u.Trace, lit)
	if err != nil {
		return err
	}
	if _, returns := u.Exit.(*ast.ReturnStmt); !returns {
		return around.Aside("the goroutine does not end by a return there")
	}
	if f.After(lit, told) == nil {
		return around.Aside("the close is the last thing of the goroutine: it can be deferred")
	}
	for _, err := range []error{endIsUnderstood(s, u.Trace), namesClose(s, u.Trace, told.Pos())} {
		if err != nil {
			return err
		}
	}
	return closeBeforeReturns(s, u.Trace, lit, told)
}

// toldOnce returns the one statement that closes the channel, which stands in the goroutine's own list.
func toldOnce(s *edit.Site, t *channels.Trace, lit *ast.FuncLit) (ast.Stmt, error) {
	closes := t.Of(channels.Close)
	if len(closes) != 1 || len(t.Of(channels.Send)) > 0 || !closes[0].Direct() {
		return nil, around.Aside("it is not one close that tells how far the goroutine has come")
	}
	st := around.StatementOf(s, closes[0].Node.(*ast.CallExpr))
	for _, own := range lit.Body.List {
		if st != nil && own == st {
			return st, nil
		}
	}
	return nil, fmt.Errorf("the close at line %d is one way among others", around.Line(s, closes[0].Node))
}

// closeBeforeReturns puts a close before each return of a goroutine that stands before its own.
func closeBeforeReturns(s *edit.Site, t *channels.Trace, lit *ast.FuncLit, told ast.Stmt) error {
	var returns []*ast.ReturnStmt
	var jump ast.Node
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if n.Pos() < told.Pos() {
				returns = append(returns, n)
			}
		case *ast.BranchStmt:
			if n.Tok == token.GOTO {
				jump = n
			}
		}
		return true
	})
	if jump != nil || len(returns) == 0 {
		return errors.New("which ways out lead past the close is not clear")
	}
	for _, ret := range returns {
		if _, ok := s.ListAround(ret); !ok {
			return fmt.Errorf("the return at line %d stands in no list of statements", around.Line(s, ret))
		}
		if err := namesClose(s, t, ret.Pos()); err != nil {
			return err
		}
		for _, result := range ret.Results {
			if !s.Match.Pkg.Pure(result) {
				return fmt.Errorf("the return at line %d does something, which would come behind the close", around.Line(s, ret))
			}
		}
		s.InsertBefore(s.Stmt(ret), edit.ExprStmt(closeOf(t)))
	}
	return nil
}
