package waits

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// A wakeSearch looks for who wakes those that wait at a Cond.
type wakeSearch struct {
	w     *conditionalWait
	cond  types.Object   // the field or variable that holds it
	asked []types.Object // what the condition of the wait reads
}

// otherWake returns where somebody wakes those who wait, and has changed nothing that the
// condition asks: an end, a timeout, a cancelled context. Who waits in a loop would go on
// waiting.
//
//	func (q *Queue) Close() { q.closed = true; q.ready.Broadcast() } // if len(q.items) == 0 { q.ready.Wait() }
func (w *conditionalWait) otherWake(wait *ast.CallExpr) (other ast.Node) {
	s := &wakeSearch{w: w, asked: w.asked(w.test.Cond, 2)}
	s.cond = s.named(ast.Unparen(wait.Fun).(*ast.SelectorExpr).X)
	for _, file := range w.pkg.Files {
		w.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if ok && other == nil && s.wakes(sel) && !s.changesBeside(sel, stack) {
				other = sel
			}
			return other == nil
		})
	}
	return other
}

// named returns the field or variable that an expression names.
func (s *wakeSearch) named(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return s.w.pkg.ObjectOf(e)
	case *ast.SelectorExpr:
		return s.w.pkg.ObjectOf(e.Sel)
	case *ast.UnaryExpr:
		return s.named(e.X)
	}
	return nil
}

// wakes reports whether a selector is Signal or Broadcast of the Cond, or of one by a name of its
// own, which may be the same.
func (s *wakeSearch) wakes(sel *ast.SelectorExpr) bool {
	fn, ok := s.w.pkg.Use(sel.Sel).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync" || fn.Name() != "Signal" && fn.Name() != "Broadcast" {
		return false
	}
	v, ok := s.named(sel.X).(*types.Var)
	return !ok || s.cond == nil || types.Object(v.Origin()) == around.Origin(s.cond) || !v.IsField() && v.Kind() != types.PackageVar
}

// changesBeside reports whether the function around a wake changes what is asked, or all that
// call it do, or passes a wake-up on. A method value is called by nobody knows whom.
func (s *wakeSearch) changesBeside(sel *ast.SelectorExpr, stack []ast.Node) bool {
	if call, ok := stack[len(stack)-1].(*ast.CallExpr); !ok || ast.Unparen(call.Fun) != ast.Expr(sel) {
		return false
	}
	fn := aroundWake(stack)
	at := sel.Pos()
	if fn != nil && slices.ContainsFunc(stack, isDefer) {
		at = fn.End()
	}
	return s.passesOn(fn, at) && !s.tellsMore(fn) || s.changedIn(fn, 3)
}

// passesOn reports whether a function has waited at the Cond for the same before it wakes others:
// it tells them no more than it was told. Who wakes others first, to wait for them, does not.
func (s *wakeSearch) passesOn(fn ast.Node, wake token.Pos) (waited bool) {
	if fn == nil {
		return false
	}
	s.w.pkg.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && ast.Node(lit) != fn {
			return false
		}
		sel, ok := n.(*ast.SelectorExpr)
		if ok && sel.Sel.Name == "Wait" && sel.Pos() < wake && s.cond != nil && around.Origin(s.named(sel.X)) == around.Origin(s.cond) {
			waited = waited || slices.ContainsFunc(stack, s.asksTheSame)
		}
		return !waited
	})
	return waited
}

func isDefer(n ast.Node) bool { _, is := n.(*ast.DeferStmt); return is }

// asksTheSame reports whether the condition of a statement reads what that of the wait does.
func (s *wakeSearch) asksTheSame(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		return s.isAsked(n.Cond)
	case *ast.ForStmt:
		return n.Cond != nil && s.isAsked(n.Cond)
	}
	return false
}

// aroundWake returns the function around a node; of a literal that is deferred, or called where it
// stands, the one around that.
func aroundWake(stack []ast.Node) ast.Node {
	for i, n := range slices.Backward(stack) {
		switch n.(type) {
		case *ast.FuncDecl:
			return n
		case *ast.FuncLit:
			called, ok := stack[max(i-1, 0)].(*ast.CallExpr)
			_, started := stack[max(i-2, 0)].(*ast.GoStmt)
			if !ok || ast.Unparen(called.Fun) != n || started {
				return n
			}
		}
	}
	return nil
}

// changedIn reports whether a function changes what is asked, or, if it does not, each of its
// callers does.
func (s *wakeSearch) changedIn(fn ast.Node, depth int) bool {
	if fn == nil {
		return false
	}
	if s.changes(fn, 2) {
		return !s.tellsMore(fn)
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() || depth == 0 {
		return false
	}
	calls, all := 0, true
	obj := s.w.pkg.Def(decl.Name)
	for _, file := range s.w.pkg.Files {
		s.w.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if ok && s.w.pkg.Use(id) == obj && obj != nil {
				calls++
				all = all && s.changedIn(aroundWake(stack), depth-1)
			}
			return all
		})
	}
	return calls > 0 && all
}

// changes reports whether a function, or one that it calls, changes what is asked: it assigns,
// or calls a method of it.
func (s *wakeSearch) changes(fn ast.Node, depth int) (does bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			does = does || s.assigns(n)
		case *ast.IncDecStmt:
			does = does || s.isAsked(n.X)
		case *ast.SendStmt:
			does = does || s.isAsked(n.Chan)
		case *ast.UnaryExpr:
			does = does || n.Op.String() == "&" && s.isAsked(n.X)
		case *ast.CallExpr:
			does = does || s.callChanges(n, depth)
		}
		return !does
	})
	return does
}

func (s *wakeSearch) callChanges(call *ast.CallExpr, depth int) bool {
	if b, ok := s.w.pkg.Callee(call).(*types.Builtin); ok {
		empties := b.Name() == "clear" && s.waitsForNothing()
		return (empties || slices.Contains([]string{"delete", "copy", "close"}, b.Name())) && slices.ContainsFunc(call.Args, s.isAsked)
	}
	if decl := s.w.pkg.Body(call); decl != nil {
		return depth > 0 && s.changes(decl.Body, depth-1)
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && s.isAsked(sel.X)
}

// isAsked reports whether an expression leads by something that the condition reads.
func (s *wakeSearch) isAsked(e ast.Expr) (is bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			obj := s.w.pkg.ObjectOf(id)
			is = is || obj != nil && slices.ContainsFunc(s.asked, func(a types.Object) bool { return a != nil && around.Origin(a) == around.Origin(obj) })
		}
		return !is
	})
	return is
}

// exportedCond reports whether other packages get at a Cond: it is an exported field or variable, or
// embedded.
func exportedCond(pkg *facts.Package, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := pkg.ObjectOf(e).(*types.Var)
		if !ok {
			return false
		}
		_, cond := types.Unalias(v.Type()).(*types.Pointer)
		return v.Kind() == types.PackageVar && v.Exported() || v.Kind() == types.RecvVar && cond
	case *ast.SelectorExpr:
		return e.Sel.IsExported()
	}
	return false
}
