package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// oneAtATime reports whether two accesses of a variable are made by a goroutine, or by what
// starts it, that the variable itself lets run one at a time: it is started under a lock
// where the variable is nil, or false, which is changed there, and sets that back as the last
// that it does to it. Nobody else writes it.
//
//	if s.ready == nil {
//		s.ready = make(chan struct{})
//		go func() {
//			…
//			s.mu.Lock()
//			s.ready = nil
func (f *Facts) oneAtATime(at place, a, b *Access) bool {
	lit := a.goroutine()
	if lit == nil {
		lit = b.goroutine()
	}
	if lit == nil || lit.around == nil || lit.at == nil || lit.elsewhere || !strings.HasSuffix(at.path, "."+a.Var.Name()) {
		return false
	}
	gate := f.gateOf(lit, a.Var)
	if gate == nil || len(f.stateAt(lit.around, gate.Cond).locks) == 0 {
		return false
	}
	inside := func(c *Access) bool { return within(lit.node, c.Expr) }
	opens := func(c *Access) bool { return within(gate.Body, c.Expr) && c.Expr.End() <= lit.at.Pos() }
	if !(inside(a) || opens(a)) || !(inside(b) || opens(b)) {
		return false
	}
	return f.setsBackLast(a.Var, inside, opens)
}

// gateOf returns the if statement around the start of a goroutine that asks whether a
// variable is nil or false, and gives it another value before the start.
func (f *Facts) gateOf(lit *function, v *types.Var) (gate *ast.IfStmt) {
	f.pkg.Inspect(lit.around.body(), func(n ast.Node) bool {
		if !within(n, lit.at) {
			return false
		}
		branch, ok := n.(*ast.IfStmt)
		if !ok || !within(branch.Body, lit.at) || !f.asksIfUnset(branch.Cond, v) {
			return true
		}
		if slices.ContainsFunc(f.accesses[v], func(c *Access) bool { return c.Write && within(branch.Body, c.Expr) && c.Expr.End() <= lit.at.Pos() }) {
			gate = branch
		}
		return true
	})
	return gate
}

// asksIfUnset reports whether a condition holds only where a variable is nil or false.
func (f *Facts) asksIfUnset(cond ast.Expr, v *types.Var) bool {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.BinaryExpr:
		if cond.Op == token.LAND {
			return f.asksIfUnset(cond.X, v) || f.asksIfUnset(cond.Y, v)
		}
		return cond.Op == token.EQL && f.holder(cond.X) == v && f.pkg.IsNil(cond.Y)
	case *ast.UnaryExpr:
		return cond.Op == token.NOT && f.holder(cond.X) == v
	}
	return false
}

// setsBackLast reports whether all writes of a variable are some that open the way for a
// goroutine or, with a lock held, the last access that this makes.
func (f *Facts) setsBackLast(v *types.Var, inside, opens func(*Access) bool) bool {
	for _, w := range f.accesses[v] {
		switch {
		case !w.Write || opens(w) || f.ownerOf(w) == Own:
		case !inside(w) || len(f.stateAt(w.fn, w.Expr).locks) == 0:
			return false
		default:
			for _, c := range f.accesses[v] {
				if inside(c) && (c.fn != w.fn || f.before(w.fn, w.Expr, c.Expr)) {
					return false
				}
			}
		}
	}
	return true
}
