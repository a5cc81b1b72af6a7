package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// lastReleases reports whether an access clears a field of an object which the last of those
// who hold it has just let go of: whoever else accesses that holds a count, and is not there.
//
//	b.mu.Lock()
//	defer b.mu.Unlock()
//	b.refs--
//	if b.refs == 0 {
//		b.data = nil
//	}
func (f *Facts) lastReleases(a *Access) bool {
	field, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	if !ok || !a.Write || a.Content || a.Element || !f.clears(a) {
		return false
	}
	found := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || found || test.Else != nil {
			return !found
		}
		count, zero := f.countTested(test.Cond)
		if count == nil || !sameText(count.X, field.X) || !f.countsHolders(count) || !f.countsDown(a.fn, count, test.Body.Pos()) {
			return true
		}
		found = zero && within(test.Body, a.Expr) || !zero && test.End() < a.Expr.Pos() && f.leaves(test.Body)
		return !found
	})
	return found
}

// asksPresence reports whether an access compares its field with nil: who asks whether it is still
// there does not hold it.
func (f *Facts) asksPresence(a *Access) bool {
	asks := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		if test, ok := n.(*ast.BinaryExpr); ok && (test.Op == token.EQL || test.Op == token.NEQ) {
			asks = asks || ast.Unparen(test.X) == ast.Unparen(a.Expr) && f.pkg.IsNil(test.Y)
		}
		return !asks
	})
	return asks
}

// countsHolders reports whether a field is counted up, too: what only goes down are attempts or
// turns that are left.
func (f *Facts) countsHolders(count *ast.SelectorExpr) bool {
	v, ok := f.pkg.Use(count.Sel).(*types.Var)
	return ok && slices.ContainsFunc(f.accesses[v.Origin()], func(a *Access) bool {
		switch use := a.Use.(type) {
		case *ast.IncDecStmt:
			return use.Tok == token.INC
		case *ast.AssignStmt:
			return use.Tok == token.ADD_ASSIGN
		}
		return false
	})
}

// clears reports whether an access assigns nil to its field: a flag or a number is there for
// everybody to look at.
func (f *Facts) clears(a *Access) bool {
	set, ok := a.Use.(*ast.AssignStmt)
	if !ok || set.Tok != token.ASSIGN || len(set.Lhs) != len(set.Rhs) {
		return false
	}
	for i, lhs := range set.Lhs {
		if ast.Unparen(lhs) == ast.Unparen(a.Expr) {
			return f.pkg.IsNil(set.Rhs[i])
		}
	}
	return false
}

// countTested returns the field that a condition compares with zero, and whether it holds for
// zero.
func (f *Facts) countTested(cond ast.Expr) (count *ast.SelectorExpr, zero bool) {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return nil, false
	}
	count, ok = ast.Unparen(test.X).(*ast.SelectorExpr)
	value := f.pkg.Info.Types[test.Y].Value
	if !ok || value == nil || value.Kind() != constant.Int || constant.Sign(value) != 0 {
		return nil, false
	}
	switch test.Op {
	case token.EQL, token.LEQ:
		return count, true
	case token.NEQ, token.GTR:
		return count, false
	}
	return nil, false
}

// countsDown reports whether a function takes one from a field before a position.
func (f *Facts) countsDown(fn *function, count ast.Expr, before token.Pos) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IncDecStmt:
			found = found || n.Tok == token.DEC && n.End() < before && sameText(n.X, count)
		case *ast.AssignStmt:
			found = found || n.Tok == token.SUB_ASSIGN && n.End() < before && sameText(n.Lhs[0], count)
		}
		return !found
	})
	return found
}

// leaves reports whether a block ends in a return.
func (f *Facts) leaves(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	_, ok := body.List[len(body.List)-1].(*ast.ReturnStmt)
	return ok
}
