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
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// DeferCancel defers the call of the function that cancels a context, where nobody else
// can call it:
//
//	ctx, _ := s.deadline(ctx)          ctx, cancel := s.deadline(ctx)
//	                               →   defer cancel()
//	return s.ask(ctx)                  return s.ask(ctx)
//
// It refuses where the context is kept beyond the function, as far as can be seen: by a
// goroutine, a literal, a struct or the caller. It is unsafe, since what is called with
// the context may keep it where it cannot be seen, and would then be cancelled.
func DeferCancel(s *edit.Site) error {
	c, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	made := assignmentOf(s, c)
	if made == nil || len(made.Lhs) != 2 {
		return errors.New("internal: the match is no assignment")
	}
	ctx, ok := made.Lhs[0].(*ast.Ident)
	cancel, isName := made.Lhs[1].(*ast.Ident)
	if !ok || !isName || ctx.Name == "_" {
		return errors.New("the context, or what cancels it, is kept in a field: who owns that has to cancel it")
	}
	path := s.PathTo(made)
	if inLoopOf(path) {
		return errors.New("the context is made in a loop: a deferred call would come too late")
	}
	if err := keepsContext(s, ctx, path); err != nil {
		return err
	}
	s.Downgrade(rules.Unsafe, "what is called with the context may keep it when the function has returned")
	if cancel.Name != "_" {
		return deferInPlace(s, made, cancel)
	}
	if made.Tok != token.DEFINE && !besideDeclaration(s, made, ctx, path) {
		return fmt.Errorf("%s is set here, and declared elsewhere: there is no place to declare what cancels it", ctx.Name)
	}
	if names(s, "cancel") {
		return errors.New("cancel is something else here")
	}
	twin, ok := s.Stmt(made).(*dst.AssignStmt)
	if !ok {
		return errors.New("internal: an assignment has no twin")
	}
	twin.Lhs[1] = edit.Ident("cancel")
	twin.Tok = token.DEFINE
	s.InsertAfter(twin, edit.DeferStmt(edit.Call(edit.Ident("cancel"))))
	return nil
}

// besideDeclaration reports whether an assignment stands in the body of the function in
// whose scope its first variable is declared: there := declares only what is new.
func besideDeclaration(s *edit.Site, made *ast.AssignStmt, ctx *ast.Ident, path []ast.Node) bool {
	if len(path) < 2 {
		return false
	}
	var of *ast.FuncType
	switch fn := path[len(path)-2].(type) {
	case *ast.FuncDecl:
		of = fn.Type
	case *ast.FuncLit:
		of = fn.Type
	default:
		return false
	}
	info := s.Match.Pkg.Info
	return info.Scopes[of] != nil && info.ObjectOf(ctx).Parent() == info.Scopes[of]
}

// names reports whether the declaration around the match has a name.
func names(s *edit.Site, name string) (found bool) {
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// deferInPlace puts the deferred call in the place of `_ = cancel`, or, where more
// stands before that, which may leave the function, behind what makes the context.
func deferInPlace(s *edit.Site, made *ast.AssignStmt, cancel *ast.Ident) error {
	v := s.Match.Pkg.ObjectOf(cancel)
	list, _ := s.ListAround(made)
	for i, st := range list {
		drop, ok := st.(*ast.AssignStmt)
		if !ok || drop.Pos() < made.Pos() || len(drop.Rhs) != 1 {
			continue
		}
		if id, ok := drop.Rhs[0].(*ast.Ident); ok && s.Match.Pkg.Use(id) == v {
			call := edit.DeferStmt(edit.Call(edit.Ident(cancel.Name)))
			if list[i-1] == made {
				s.ReplaceStmt(s.Stmt(drop), call)
				return nil
			}
			s.InsertAfter(s.Stmt(made), call)
			s.Delete(s.Stmt(drop))
			return nil
		}
	}
	return errors.New("where the function is dropped is not beside where it is made")
}

// keepsContext refuses a context that outlives the function around.
func keepsContext(s *edit.Site, ctx *ast.Ident, path []ast.Node) (err error) {
	v := s.Match.Pkg.ObjectOf(ctx)
	var fn ast.Node
	for _, n := range path {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			fn = n
		}
	}
	if fn == nil || v == nil {
		return errors.New("internal: nothing is known of the context")
	}
	ast.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || s.Match.Pkg.ObjectOf(id) != v || id.Pos() <= ctx.Pos() || err != nil {
			return err == nil
		}
		for i, outer := range stack {
			switch outer.(type) {
			case *ast.FuncLit:
				if outer == fn {
					continue
				}
			case *ast.GoStmt, *ast.CompositeLit, *ast.SendStmt:
			case *ast.ReturnStmt:
				if i+1 < len(stack) && onlyError(s, stack[i+1:]) {
					continue
				}
			default:
				continue
			}
			err = fmt.Errorf("line %d may keep the context beyond the function", around.Line(s, id))
			return false
		}
		return true
	})
	return err
}

// onlyError reports whether a return hands out, of a call with the context, values that
// keep nothing: errors, and basic types.
func onlyError(s *edit.Site, stack []ast.Node) bool {
	c, ok := stack[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	t := s.Match.Pkg.TypeOf(c)
	results, ok := t.(*types.Tuple)
	if !ok {
		return keepsNothing(t)
	}
	for v := range results.Variables() {
		if !keepsNothing(v.Type()) {
			return false
		}
	}
	return true
}

func keepsNothing(t types.Type) bool {
	if facts.TypeIs(t, "error") {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return true
	case *types.Slice:
		return keepsNothing(u.Elem())
	}
	return false
}
