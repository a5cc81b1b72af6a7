package chans

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// endsNoOther refuses where a function ends a context when it leaves that others than the goroutine have: a
// request that waits for that would keep the shutdown from its own end, for ever if it has no timeout. If
// the goroutine itself names the context, that is over when the shutdown begins.
//
//	ctx, cancel := context.WithCancel(parent)
//	defer cancel()
//	srv.BaseContext = func(net.Listener) context.Context { return ctx }
func endsNoOther(s *edit.Site, fn ast.Node, routine *ast.FuncLit) (err error) {
	s.Match.Pkg.Inspect(around.BodyOf(fn), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || err != nil || len(set.Lhs) != 2 {
			return err == nil
		}
		ctx, cancel := localVar(s, set.Lhs[0]), localVar(s, set.Lhs[1])
		if ctx == nil || cancel == nil || types.TypeString(cancel.Type(), nil) != "context.CancelFunc" || usedIn(s, routine, ctx) != nil || !deferredIn(s, fn, cancel) {
			return true
		}
		if id := usedIn(s, around.BodyOf(fn), ctx); id != nil {
			err = fmt.Errorf("%s, used at line %d, ends when the function leaves: a request that waits for that would keep the shutdown from its end", ctx.Name(), around.Line(s, id))
		}
		return err == nil
	})
	return err
}

// localVar returns the variable that an expression names, or declares.
func localVar(s *edit.Site, x ast.Expr) *types.Var {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := s.Match.Pkg.ObjectOf(id).(*types.Var)
	return v
}

// usedIn returns the first use of a variable in a node, its declaration not among them.
func usedIn(s *edit.Site, in ast.Node, v *types.Var) (use *ast.Ident) {
	s.Match.Pkg.Inspect(in, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && use == nil && s.Match.Pkg.Use(id) == types.Object(v) {
			use = id
		}
		return use == nil
	})
	return use
}

// deferredIn reports whether a deferred call of a function names a variable.
func deferredIn(s *edit.Site, fn ast.Node, v *types.Var) (is bool) {
	s.Match.Pkg.Inspect(around.BodyOf(fn), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		is = is || ok && usedIn(s, d, v) != nil
		return !is
	})
	return is
}
