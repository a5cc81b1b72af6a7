package sections

import (
	"go/ast"
	"go/token"
	"go/types"
)

// updates reports whether a store writes back what is made of a look in another section: a sum, or a
// slice with more in it. What others have stored meanwhile is lost.
//
//	n := c.get(k)
//	c.set(k, n+1)
func (f *Facts) updates(fn ast.Node, look, store use) bool {
	if look.of != store.of || look.root != store.root || look.words != store.words || f.keyChanges(fn, look, store) {
		return false
	}
	element, _ := f.foundBy(look)
	value, set := store.value, 0
	if v := f.variable(value); v != nil {
		value, set = f.setBetween(fn, v, look, store)
	}
	from := f.operand(value)
	if from == nil || set > 1 {
		return false
	}
	if ast.Node(from) == look.at {
		return true
	}
	v := f.variable(from)
	if v == nil || types.Object(v) != element || !look.apart(store) {
		return false
	}
	_, sets := f.setBetween(fn, v, look, store)
	return sets == 0 || sets == 1 && set == 1 && v == f.variable(store.value)
}

// operand returns what a sum, or an append, is made of and adds to.
func (f *Facts) operand(value ast.Expr) ast.Expr {
	switch x := ast.Unparen(value).(type) {
	case *ast.BinaryExpr:
		if x.Op == token.ADD || x.Op == token.SUB {
			return ast.Unparen(x.X)
		}
	case *ast.CallExpr:
		if f.isBuiltin(x, "append") && len(x.Args) > 1 {
			if part, ok := ast.Unparen(x.Args[0]).(*ast.SliceExpr); ok {
				return ast.Unparen(part.X)
			}
			return ast.Unparen(x.Args[0])
		}
	}
	return nil
}

// setBetween returns what a variable is given between two uses, and how often it is.
func (f *Facts) setBetween(fn ast.Node, v *types.Var, look, store use) (value ast.Expr, times int) {
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if !ok || st.Pos() <= look.at.End() || st.End() > store.at.Pos() {
			return true
		}
		for i, lhs := range st.Lhs {
			if f.variable(lhs) != v {
				continue
			}
			times++
			if len(st.Rhs) == len(st.Lhs) && st.Tok != token.ADD_ASSIGN {
				value = st.Rhs[i]
			}
		}
		return true
	})
	return value, times
}
