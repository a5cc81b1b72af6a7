package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// countsPast reports whether a function counts under the guard, and asks for the count
// behind the unlock: others count in between, so that two of them see the last one, or none.
//
//	h.mu.Lock()
//	h.refs--
//	h.mu.Unlock()
//	if h.refs == 0 {
func (f *Facts) countsPast(u Unguarded) bool {
	if u.Write || u.Under || u.Guard.Thin || u.fn.once || u.fn.obj == nil || f.confined(u.Var) || f.prepares(u.fn.outermost()) || !f.ofReceiver(u) {
		return false
	}
	if !f.released(u.fn, u.Expr, u.Guard.Lock) || !f.quiet(u.fn, u.Expr) || !slices.ContainsFunc(u.Guard.Holding, func(b *Access) bool {
		return b.Write && b.fn.outermost() != u.fn.outermost() && !f.early(b) && !setterName.MatchString(b.fn.outermost().name())
	}) {
		return false
	}
	return slices.ContainsFunc(f.accesses[u.Var], func(b *Access) bool {
		return b.Write && b.fn == u.fn && counts(b.Use) && types.ExprString(b.Expr) == types.ExprString(u.Expr) && f.heldHere(b, b.Expr, u.Guard.Lock) && f.before(u.fn, b.Expr, u.Expr)
	})
}

// counts reports whether a node steps a number: n++, n -= k.
func counts(n ast.Node) bool {
	set, ok := n.(*ast.AssignStmt)
	_, step := n.(*ast.IncDecStmt)
	return step || ok && (set.Tok == token.ADD_ASSIGN || set.Tok == token.SUB_ASSIGN)
}
