package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// LostHelperRelease is LostRelease for a semaphore whose places functions of the
// package take and give back, which do nothing else: a call of the one takes a
// place, and a call of the other gives it back.
func (f *Facts) LostHelperRelease(fn ast.Node, release *ast.CallExpr) ast.Node {
	obj, gives := f.helper(release)
	if obj == nil || !gives {
		return nil
	}
	s := f.semaphore(obj)
	if s == nil || len(s.takes) != 1 || len(s.gives) != 1 {
		return nil
	}
	var take *ast.CallExpr
	first := release
	for _, call := range f.callsIn(fn) {
		switch of, gives := f.helper(call); {
		case of != obj:
		case gives && call.Pos() < first.Pos():
			first = call
		case !gives && take != nil:
			return nil
		case !gives:
			take = call
		}
	}
	if take == nil || first != release || !f.sameReceiver(take, release) {
		return nil
	}
	search := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: take,
		covered: func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			lit, isLit := n.(*ast.FuncLit)
			return ok && call != take && f.callDoes(call, obj) || isLit && f.releases(lit, obj)
		},
	}
	return search.out()
}

// helper returns the semaphore of which a call takes a place, or to which it
// gives one back, if the function does nothing else.
func (f *Facts) helper(call *ast.CallExpr) (obj types.Object, gives bool) {
	decl := f.pkg.Body(call)
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

// callsIn returns the calls in a function, less those in its literals and those
// that are deferred.
func (f *Facts) callsIn(fn ast.Node) (all []*ast.CallExpr) {
	ast.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
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
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && f.callDoes(call, obj)
		return !found
	})
	return found
}
