package memory

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/pattern"
)

// withSiblings widens the region to all uses of what it would guard in part: a field beside the
// lock that the function uses in the region and outside of it, and others with the lock held.
//
//	if o.keys == nil { for k := range o.m { o.keys = append(o.keys, k) } }
//	return o.keys
func (g *guarding) withSiblings(shared *sharing.Facts) error {
	uses := map[*types.Var][]ast.Expr{}
	inside := map[*types.Var]int{}
	g.pkg.Inspect(g.u.Func, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			return ast.Node(lit) == g.u.Func
		}
		if sel, ok := n.(*ast.SelectorExpr); ok && g.isSibling(shared, sel) {
			v := shared.AccessAt(sel).Var
			uses[v] = append(uses[v], sel)
			if g.list[g.from].Pos() <= sel.Pos() && sel.End() <= g.list[g.to].End() {
				inside[v]++
			}
		}
		return true
	})
	for v, n := range inside {
		if n < len(uses[v]) {
			g.siblings = append(g.siblings, uses[v]...)
		}
	}
	if len(g.siblings) == 0 {
		return nil
	}
	return g.region()
}

// isSibling reports whether an expression uses another field beside the lock, which others use
// with the lock held.
func (g *guarding) isSibling(shared *sharing.Facts, sel *ast.SelectorExpr) bool {
	a := shared.AccessAt(sel)
	return a != nil && a.Var.IsField() && a.Var != g.u.Var && g.owner != nil && pattern.Same(sel.X, g.owner, g.pkg.Info) &&
		shared.Varies(a.Var) && shared.HeldElsewhere(a, g.u.Guard.Lock)
}
