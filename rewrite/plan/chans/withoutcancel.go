package chans

import (
	"errors"
	"go/ast"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// WithoutCancel gives a goroutine the values of a context, not its end:
//
//	go record(r.Context(), who)   →   go record(context.WithoutCancel(r.Context()), who)
//
// A literal that captures the context and uses it more than once gets one of its own:
//
//	go func() {                       go func() {
//		load(ctx)                 →       ctx := context.WithoutCancel(ctx)
//		store(ctx)                        load(ctx)
//	}()                                       store(ctx)
//	                                  }()
//
// The goroutine sees the same values, and neither the deadline nor the cancellation:
// what was meant to stop with the request would go on, so that it is unsafe.
func WithoutCancel(s *edit.Site) error {
	use, ok := s.Bound("$use").(ast.Expr)
	if !ok {
		return errors.New("internal: the rule binds no context")
	}
	if !s.AtLeast("1.21") {
		return errors.New("the file's Go version has no context.WithoutCancel (1.21)")
	}
	if channels.Of(s.Match.Pkg).PassedOn(use) {
		return errors.New("others may call the function with a context that should end what it starts: the handler should hand in context.WithoutCancel")
	}
	uses := contextsHanded(s, use)
	if lit, v := capturedBy(s, uses); lit != nil {
		own := edit.Define(withoutCancel(s, uses[0]), edit.Ident(v.Name()))
		s.InsertFirst(s.Node(lit.Body), own)
		return s.Err()
	}
	for _, use := range uses {
		s.ReplaceExpr(s.Expr(use), withoutCancel(s, use))
	}
	return s.Err()
}

func withoutCancel(s *edit.Site, ctx ast.Expr) dst.Expr {
	return &dst.CallExpr{Fun: s.Qualified("context", "WithoutCancel"), Args: []dst.Expr{s.Copy(ctx)}}
}

// contextsHanded are all places where the goroutine, or the queue, gets the context.
func contextsHanded(s *edit.Site, use ast.Expr) []ast.Expr {
	start, ok := s.Bound("$go").(*ast.GoStmt)
	if !ok {
		return []ast.Expr{use}
	}
	r := channels.Of(s.Match.Pkg).RequestContext(around.InnermostFunction(s.Match.Decl, start), start)
	if r == nil {
		return []ast.Expr{use}
	}
	return r.Uses
}

// capturedBy returns the literal of a goroutine that uses one variable from outside of it
// more than once.
func capturedBy(s *edit.Site, uses []ast.Expr) (lit *ast.FuncLit, v types.Object) {
	start, ok := s.Bound("$go").(*ast.GoStmt)
	if !ok || len(uses) < 2 {
		return nil, nil
	}
	lit, _ = ast.Unparen(start.Call.Fun).(*ast.FuncLit)
	for _, use := range uses {
		id, ok := ast.Unparen(use).(*ast.Ident)
		if !ok || lit == nil {
			return nil, nil
		}
		of := s.Match.Pkg.Use(id)
		if of == nil || v != nil && of != v || of.Pos() >= lit.Pos() {
			return nil, nil
		}
		v = of
	}
	return lit, v
}
