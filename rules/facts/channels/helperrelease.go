package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// LostHelperRelease is LostRelease for a semaphore whose places functions of the
// package take and give back, which do nothing else: a call of the one takes a
// place, and a call of the other gives it back.
func (f *Facts) LostHelperRelease(fn ast.Node, release *ast.CallExpr) ast.Node {
	obj, gives := f.helper(release)
	if obj == nil || !gives || !f.onlyByHelpers(obj) || f.keptForOthers(fn, obj) {
		return nil
	}
	if decl := f.pkg.Body(release); decl != nil && !f.onlyCalled(decl) {
		return nil // handed on: &conn{release: l.release}
	}
	take, ok := f.takenIn(fn, obj, release)
	if !ok {
		return nil
	}
	s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), covered: func(n ast.Node) bool { return n != ast.Node(take) && f.returnsPlace(n, obj) }}
	switch {
	case take != nil:
		s.from, s.crossed = take, f.refused(fn, take)
	case !f.takenForLiteral(fn, obj):
		return nil
	}
	return s.out()
}

// keptForOthers reports whether a function beside fn gives places back that it has not taken: who
// takes one may keep it for whom that function is called by.
//
//	func (p *pool) Acquire() *res { p.sem.Acquire(ctx, 1); …; return r }
//	func (r *res) Release() { r.pool.sem.Release(1) }
func (f *Facts) keptForOthers(fn ast.Node, obj types.Object) bool {
	takes, gives := map[ast.Node]bool{}, map[ast.Node]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "TryAcquire" && f.field(sel.X) == obj {
					takes[f.declAround(call.Pos())] = true
				} else if of, give := f.helper(call); of == obj && give {
					gives[f.declAround(call.Pos())] = true
				} else if of == obj {
					takes[f.declAround(call.Pos())] = true
				}
			}
			return true
		})
	}
	for in := range gives {
		if !takes[in] && in != f.declAround(fn.Pos()) {
			return true
		}
	}
	return false
}

// onlyByHelpers reports whether all that becomes of a semaphore is known: one function takes
// a place and one gives it back, or it is of a type that has methods for both.
func (f *Facts) onlyByHelpers(obj types.Object) bool {
	if isWeighted(obj.Type()) {
		return true
	}
	s := f.semaphore(obj)
	if s == nil {
		return false
	}
	if _, named := types.Unalias(obj.Type()).(*types.Named); named && len(s.takes)+len(s.gives) == 0 {
		return true
	}
	return len(s.takes) == 1 && len(s.gives) == 1
}

// takenIn returns the one call of a function itself that takes a place of a semaphore, nil
// if there is none; ok is false if there are two, or the release is not the first.
func (f *Facts) takenIn(fn ast.Node, obj types.Object, release *ast.CallExpr) (take *ast.CallExpr, ok bool) {
	for _, call := range f.callsIn(fn) {
		switch of, gives := f.helper(call); {
		case of != obj:
		case gives && call.Pos() < release.Pos() || !gives && take != nil:
			return nil, false
		case !gives:
			take = call
		}
	}
	return take, take == nil || f.sameReceiver(take, release)
}

// takenForLiteral reports whether a literal that runs as a goroutine is started only past a
// call that takes a place, which it so has.
func (f *Facts) takenForLiteral(fn ast.Node, obj types.Object) bool {
	outer := f.around(fn)
	if outer == nil || !f.isGoroutine(fn) {
		return false
	}
	for _, call := range f.callsIn(outer) {
		if of, gives := f.helper(call); of == obj && !gives {
			return f.startsPast(outer, fn, call)
		}
	}
	return false
}

// returnsPlace reports whether a node gives a place back, or hands the semaphore on to who may.
func (f *Facts) returnsPlace(n ast.Node, obj types.Object) bool {
	if lit, ok := n.(*ast.FuncLit); ok {
		return f.names(lit, obj) || f.releases(lit, obj)
	}
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	if of, gives := f.helper(call); of == obj {
		return gives
	}
	return f.callDoes(call, obj) || slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.names(arg, obj) })
}

// refused returns a test of edges that are taken because a call returned an error: no place
// was taken then.
func (f *Facts) refused(fn ast.Node, take *ast.CallExpr) func(*facts.Block, facts.Edge) bool {
	var failed []*types.Var
	if stack := f.stackOf(fn, take); len(stack) > 0 {
		if st, ok := stack[len(stack)-1].(*ast.AssignStmt); ok {
			for _, x := range st.Lhs {
				failed = append(failed, f.Variable(x))
			}
		}
	}
	return func(_ *facts.Block, e facts.Edge) bool {
		if e.Cond == nil {
			return false
		}
		if cond, truth := unnegated(e.Cond, e.Truth); cond == ast.Expr(take) || slices.Contains(failed, f.Variable(cond)) && f.Variable(cond) != nil && isBool(f.pkg.TypeOf(cond)) {
			return !truth // if !s.acquire(ctx) { return }
		}
		b, ok := ast.Unparen(e.Cond).(*ast.BinaryExpr)
		if !ok {
			return false
		}
		mine := b.Pos() <= take.Pos() && take.End() <= b.End()
		for _, v := range failed {
			mine = mine || v != nil && (f.Variable(b.X) == v || f.Variable(b.Y) == v) && !f.setBetween(v, take, b)
		}
		return mine && e.Truth == (b.Op == token.NEQ)
	}
}

// unnegated returns what a condition negates, with the truth that it has then.
func unnegated(cond ast.Expr, truth bool) (ast.Expr, bool) {
	cond = ast.Unparen(cond)
	if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		return unnegated(not.X, !truth)
	}
	return cond, truth
}

// setBetween reports whether a variable is set behind one node and before another.
func (f *Facts) setBetween(v *types.Var, from, to ast.Node) bool {
	for _, m := range f.mentions(v) {
		if _, sets := f.setBy(m); sets && from.End() < m.id.Pos() && m.id.Pos() < to.Pos() {
			return true
		}
	}
	return false
}

// isWeighted reports whether a type is that of golang.org/x/sync's semaphore.
func isWeighted(t types.Type) bool {
	return facts.TypeIs(pointerless(t), "golang.org/x/sync/semaphore.Weighted")
}

// methodHelper is helper of a method of the semaphore's own type: a channel type of the
// package, or Weighted.
func (f *Facts) methodHelper(call *ast.CallExpr, decl *ast.FuncDecl) (obj types.Object, gives bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, false
	}
	switch fn, _ := f.pkg.Callee(call).(*types.Func); {
	case fn == nil:
		return nil, false
	case facts.IsFunc(fn, "(*golang.org/x/sync/semaphore.Weighted).Acquire"):
		return f.field(sel.X), false
	case facts.IsFunc(fn, "(*golang.org/x/sync/semaphore.Weighted).Release"):
		return f.field(sel.X), true
	}
	if decl == nil || decl.Recv == nil || len(decl.Body.List) != 1 {
		return nil, false
	}
	switch st := decl.Body.List[0].(type) {
	case *ast.SendStmt:
		if f.Variable(st.Chan) == f.ownerIn(decl) && f.isToken(st.Chan) && f.madeWithRoom(sel.X) {
			return f.field(sel.X), false
		}
	case *ast.ExprStmt:
		receive, ok := ast.Unparen(st.X).(*ast.UnaryExpr)
		if ok && receive.Op == token.ARROW && f.Variable(receive.X) == f.ownerIn(decl) {
			return f.field(sel.X), true
		}
	}
	return nil, false
}

// helper returns the semaphore of which a call takes a place, or to which it
// gives one back, if the function does nothing else.
func (f *Facts) helper(call *ast.CallExpr) (obj types.Object, gives bool) {
	decl := f.pkg.Body(call)
	if obj, gives = f.methodHelper(call, decl); obj != nil {
		return obj, gives
	}
	if obj = f.takesOrFails(decl); obj != nil {
		return obj, false
	}
	if decl == nil || len(decl.Body.List) != 1 {
		return nil, false
	}
	switch st := decl.Body.List[0].(type) {
	case *ast.SendStmt:
		obj = f.field(st.Chan)
		if !f.isToken(st.Chan) || !f.madeWithRoom(st.Chan) {
			return nil, false
		}
	case *ast.ExprStmt:
		receive, ok := ast.Unparen(st.X).(*ast.UnaryExpr)
		if !ok || receive.Op != token.ARROW {
			return nil, false
		}
		obj, gives = f.field(receive.X), true
	}
	return obj, gives
}

// takesOrFails returns the semaphore of which a function does nothing but take a place, or return
// an error, or false, because a context or a timer was quicker:
//
//	select {
//	case s.slots <- struct{}{}:
//		return nil
//	case <-ctx.Done():
//		return ctx.Err()
//	}
func (f *Facts) takesOrFails(decl *ast.FuncDecl) (obj types.Object) {
	if decl == nil || len(decl.Body.List) != 1 {
		return nil
	}
	s, ok := decl.Body.List[0].(*ast.SelectStmt)
	if !ok || len(s.Body.List) != 2 || hasDefault(s) {
		return nil
	}
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if len(clause.Body) != 1 {
			return nil
		}
		ret, ok := clause.Body[0].(*ast.ReturnStmt)
		if !ok || len(ret.Results) != 1 {
			return nil
		}
		send, isSend := clause.Comm.(*ast.SendStmt)
		if !f.saysWhether(ret.Results[0], isSend) {
			return nil
		}
		if isSend && f.isToken(send.Chan) && f.madeWithRoom(send.Chan) {
			obj = f.field(send.Chan)
		}
	}
	return obj
}

// saysWhether reports whether a result says that something was done, or that it was not: no error or
// an error, true or false.
func (f *Facts) saysWhether(x ast.Expr, done bool) bool {
	if tv := f.pkg.Info.Types[x]; isBool(tv.Type) || tv.Value != nil {
		return f.isConstant(x, done)
	}
	return f.pkg.IsNil(x) == done
}

// callsIn returns the calls in a function, less those in its literals and those
// that are deferred.
func (f *Facts) callsIn(fn ast.Node) (all []*ast.CallExpr) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			all = append(all, n)
		}
		return true
	})
	return all
}

// sameReceiver reports whether two calls are of methods of one value.
func (f *Facts) sameReceiver(a, b *ast.CallExpr) bool {
	x, ok := ast.Unparen(a.Fun).(*ast.SelectorExpr)
	y, ok2 := ast.Unparen(b.Fun).(*ast.SelectorExpr)
	if !ok || !ok2 {
		return ok == ok2
	}
	return f.same(x.X, y.X)
}

// releases reports whether a literal calls something that uses the semaphore.
func (f *Facts) releases(lit *ast.FuncLit, obj types.Object) (found bool) {
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && f.returnsPlace(call, obj)
		return !found
	})
	return found
}
