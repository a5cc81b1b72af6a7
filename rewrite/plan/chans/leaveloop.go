package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// LeaveLoop lets a case that hears of the end leave the function, where it began
// the next turn of its loop:
//
//	for {                                    for {
//		select {                                 select {
//		case <-ctx.Done():                       case <-ctx.Done():
//			break                    →               return ctx.Err()
//		…                                        …
//
// The loop never ended, so nothing behind it has ever run but what is deferred.
// What stands behind it, reached by another break, would be left out: then, and
// where the results are more than an error that the context has, it refuses.
func LeaveLoop(s *edit.Site) error {
	clause, ok := s.Bound("$case").(*ast.CommClause)
	if !ok {
		return errors.New("internal: the rule binds no case")
	}
	fn := around.InnermostFunction(s.Match.Decl, clause)
	f, body := channels.Of(s.Match.Pkg), clause.Body
	if !f.IgnoredEnd(fn, clause) {
		body = f.ClosedPassedOver(fn, clause)
	}
	if body == nil && !f.IgnoredEnd(fn, clause) {
		return errors.New("whether the loop should end with this channel, or go on without it, is not known")
	}
	if err := endsWithLoop(s, fn, clause); err != nil {
		return err
	}
	results, err := endResults(s, fn, clause)
	if err != nil {
		return err
	}
	ret := edit.ReturnStmt(results...)
	if n := len(body); n > 0 {
		if jump, ok := body[n-1].(*ast.BranchStmt); ok {
			s.ReplaceStmt(s.Stmt(jump), ret)
			return nil
		}
	}
	s.InsertLast(s.Node(clause), onOwnLine(ret))
	return nil
}

// endsWithLoop: the loop around a clause is the last statement of its function.
func endsWithLoop(s *edit.Site, fn ast.Node, clause *ast.CommClause) error {
	body := around.BodyOf(fn)
	last := body.List[len(body.List)-1]
	if labelled, ok := last.(*ast.LabeledStmt); ok {
		last = labelled.Stmt
	}
	loop, ok := last.(*ast.ForStmt)
	if !ok || clause.Pos() < loop.Pos() || loop.End() < clause.End() {
		return fmt.Errorf("line %d stands behind the loop, and may be meant for its end", around.Line(s, last))
	}
	return nil
}

// endResults returns what a function returns at the end: nothing, or the error
// of the context that its select asks, where that is all.
func endResults(s *edit.Site, fn ast.Node, clause *ast.CommClause) ([]dst.Expr, error) {
	info := s.Match.Pkg.Info
	t := info.TypeOf(funcTypeOf(fn))
	sig, ok := t.(*types.Signature)
	if !ok {
		return nil, errors.New("internal: the function has no type")
	}
	switch {
	case sig.Results().Len() == 0:
		return nil, nil
	case sig.Results().Len() > 1 || !types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type()):
		return nil, errors.New("what the function should return then is not known")
	}
	st, ok := clause.Comm.(*ast.ExprStmt)
	if !ok {
		return nil, errors.New("what the function should return then is not known")
	}
	receive, ok := ast.Unparen(st.X).(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return nil, errors.New("internal: the case is no receive")
	}
	done, ok := ast.Unparen(receive.X).(*ast.CallExpr)
	if !ok {
		return nil, errors.New("which error tells of the end is not known")
	}
	ctx := ast.Unparen(done.Fun).(*ast.SelectorExpr).X
	return []dst.Expr{edit.Call(edit.Sel(s.Copy(ctx), "Err"))}, nil
}

// funcTypeOf returns the expression whose type is that of a function.
func funcTypeOf(fn ast.Node) ast.Expr {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Name
	case *ast.FuncLit:
		return fn
	}
	return nil
}
