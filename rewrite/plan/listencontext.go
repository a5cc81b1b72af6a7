package plan

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

// listenContext lets a send of a goroutine listen for the context that its function
// gets:
//
//	                                 select {
//	s.out <- v               →       case s.out <- v:
//	                                 case <-ctx.Done():
//	                                         return
//	                                 }
//
// Until the context is done every send does what it did. After that the goroutine ends
// where it might have waited for ever, and runs what it has deferred; a receiver that
// is still there may miss a last value: so it is unsafe. It refuses where the function
// has results of which not known is what they should be, and where the context may be
// another variable where the send stands.
func listenContext(s *Site) error {
	send, ok := s.Bound("$send").(*ast.SendStmt)
	if !ok {
		return errors.New("internal: the rule binds no send")
	}
	fn, ok := s.Match.Decl.(*ast.FuncDecl)
	if !ok {
		return errors.New("internal: the send stands in no function")
	}
	u := channels.Of(s.Match.Pkg).UnheardCancel(fn, send)
	if u == nil {
		return errors.New("internal: nothing is known of the context")
	}
	if _, ok := s.listAround(send); !ok {
		return fmt.Errorf("the send at line %d stands in no list of statements", s.line(send))
	}
	if err := seenAt(s, u.Ctx, send); err != nil {
		return err
	}
	results, err := contextResults(fn, u.Ctx.Name())
	if err != nil {
		return err
	}
	first := &dst.CommClause{Comm: &dst.SendStmt{Chan: s.Use(send.Chan), Value: s.Use(send.Value)}}
	first.Decs.Colon = s.takeSameLine(s.Stmt(send))
	done := exprStmt(&dst.UnaryExpr{Op: token.ARROW, X: call(sel(ident(u.Ctx.Name()), "Done"))})
	s.ReplaceStmt(s.Stmt(send), &dst.SelectStmt{Body: block(
		first,
		&dst.CommClause{Comm: done, Body: []dst.Stmt{onOwnLine(returnStmt(results...))}},
	)})
	return nil
}

// seenAt: the name of a variable means it at a node.
func seenAt(s *Site, v *types.Var, at ast.Node) error {
	scope := s.Match.Pkg.Types.Scope().Innermost(at.Pos())
	if scope == nil {
		return errors.New("internal: the send stands in no scope")
	}
	if _, seen := scope.LookupParent(v.Name(), at.Pos()); seen != types.Object(v) {
		return fmt.Errorf("%s is another variable where the send stands", v.Name())
	}
	return nil
}

// contextResults returns what a function returns that ends by its context.
func contextResults(fn *ast.FuncDecl, ctx string) ([]dst.Expr, error) {
	results := fn.Type.Results
	if results == nil || len(results.List) == 0 {
		return nil, nil
	}
	id, ok := results.List[0].Type.(*ast.Ident)
	if results.NumFields() != 1 || !ok || id.Name != "error" {
		return nil, errors.New("what the function should return is not known")
	}
	return []dst.Expr{call(sel(ident(ctx), "Err"))}, nil
}
