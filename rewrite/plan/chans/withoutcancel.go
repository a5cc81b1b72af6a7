package chans

import (
	"errors"
	"go/ast"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// WithoutCancel gives a goroutine the values of a context, not its end:
//
//	go record(r.Context(), who)   →   go record(context.WithoutCancel(r.Context()), who)
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
	old := s.Expr(use)
	s.ReplaceExpr(old, &dst.CallExpr{Fun: s.Qualified("context", "WithoutCancel"), Args: []dst.Expr{s.Copy(use)}})
	return s.Err()
}
