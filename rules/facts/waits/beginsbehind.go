package waits

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

// beginsBehind reports whether the literal in which somebody waits, for a channel of the function
// around it, is handed on only behind a call by which that function takes the lock, once: it has
// come past it by then.
//
//	mu.Lock()
//	id = publish(m, func() { mu.Lock(); done <- true; mu.Unlock() })
//	mu.Unlock()
//	<-done
func (f *Facts) beginsBehind(w, p *op, flow *facts.Flow, takes *ast.CallExpr) bool {
	lit, ok := w.fn.(*ast.FuncLit)
	if !ok || w.at.Path != "" || !contains(p.fn, lit) || w.at.Root.Pos() < p.fn.Pos() || p.fn.End() < w.at.Root.Pos() {
		return false
	}
	if at, ok := flow.At(takes); !ok || flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, at, nil) {
		return false
	}
	uses := f.usesOf(p.fn, lit)
	for _, use := range uses {
		if _, all := flow.Precedes(takes, use); !all {
			return false
		}
	}
	return len(uses) > 0
}

// usesOf returns where a function uses a literal: the names of the variable that is defined as it,
// or the literal itself.
func (f *Facts) usesOf(fn ast.Node, lit *ast.FuncLit) (uses []ast.Node) {
	name := f.nameOf(fn, lit)
	if name == nil {
		return []ast.Node{lit}
	}
	v := f.pkg.Def(name)
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && v != nil && f.pkg.Use(id) == v {
			uses = append(uses, id)
		}
		return true
	})
	return uses
}

// nameOf returns the name of the variable that is defined as a literal; nil if there is none.
func (f *Facts) nameOf(fn ast.Node, lit *ast.FuncLit) (name *ast.Ident) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if st, ok := n.(*ast.AssignStmt); ok && len(st.Lhs) == 1 && ast.Unparen(st.Rhs[0]) == ast.Expr(lit) {
			name, _ = st.Lhs[0].(*ast.Ident)
		}
		return name == nil
	})
	return name
}
