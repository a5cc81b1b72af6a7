package chans

import (
	"errors"
	"go/ast"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// ListenContext lets a send of a goroutine listen for the context that its function
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
func ListenContext(s *edit.Site) error {
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
	if err := seenAt(s, u.Ctx, send); err != nil {
		return err
	}
	results, err := contextResults(fn, u.Ctx.Name())
	if err != nil {
		return err
	}
	return sendOrQuit(s, send, edit.Call(edit.Sel(edit.Ident(u.Ctx.Name()), "Done")), results)
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
	return []dst.Expr{edit.Call(edit.Sel(edit.Ident(ctx), "Err"))}, nil
}
