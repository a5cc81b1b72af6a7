package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// ReadsPast reports whether a function takes a copy of a variable under its guard, for
// use behind the unlock, and there reads the variable itself once more: it knows that
// others change it meanwhile, and means the copy.
//
//	b.mu.Lock()
//	logs := b.logs
//	b.mu.Unlock()
//	if len(b.logs) > limit {
func (f *Facts) ReadsPast(u Unguarded) bool {
	if u.Write || u.Under || u.Guard.Thin || u.fn.once || u.fn.obj == nil || f.confined(u.Var) || f.prepares(u.fn.outermost()) || !f.ofReceiver(u) {
		return false
	}
	if !f.released(u.fn, u.Expr, u.Guard.Lock) || !slices.ContainsFunc(u.Guard.Holding, func(b *Access) bool {
		return b.Write && b.fn.outermost() != u.fn.outermost() && !f.early(b) && !setterName.MatchString(b.fn.outermost().name())
	}) {
		return false
	}
	return slices.ContainsFunc(f.accesses[u.Var], func(b *Access) bool {
		if b.Write || b.fn != u.fn || types.ExprString(b.Expr) != types.ExprString(u.Expr) || !f.heldHere(b, b.Expr, u.Guard.Lock) || !f.before(u.fn, b.Expr, u.Expr) {
			return false
		}
		copied := f.copiedTo(b)
		return copied != nil && f.usedBehind(u.fn, copied, u.Expr.Pos())
	})
}

// copiedTo returns the local variable that an access gives the whole variable to, when it
// is declared: x := s.f.
func (f *Facts) copiedTo(b *Access) (copied *types.Var) {
	f.pkg.Inspect(b.fn.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || set.Tok != token.DEFINE || len(set.Lhs) != len(set.Rhs) {
			return true
		}
		for i, value := range set.Rhs {
			if id, isName := set.Lhs[i].(*ast.Ident); isName && ast.Unparen(value) == b.Expr {
				copied, _ = f.pkg.Def(id).(*types.Var)
			}
		}
		return true
	})
	return copied
}

// usedBehind reports whether a function uses a local variable behind a position.
func (f *Facts) usedBehind(fn *function, v *types.Var, pos token.Pos) (used bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		used = used || ok && id.Pos() > pos && f.pkg.Use(id) == v
		return !used
	})
	return used
}
