package order

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A Comparison is one by which a function can put two things into an order.
type Comparison struct{ A, B Root }

// comparisons returns the comparisons of a function that can order two of its
// parameters or variables: by <, or by a call of something that is named so.
func (w *walker) comparisons(body ast.Node) (all []Comparison) {
	add := func(left, right ast.Node) {
		for _, a := range w.rootsIn(left) {
			for _, b := range w.rootsIn(right) {
				if a != b {
					all = append(all, Comparison{a, b})
				}
			}
		}
	}
	w.collector.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			switch n.Op {
			case token.LSS, token.GTR, token.LEQ, token.GEQ:
				add(n.X, n.Y)
			}
		case *ast.CallExpr:
			if w.orders(lastWord(n.Fun)) {
				add(n, n)
			}
		}
		return true
	})
	return all
}

// lastWord is the end of the text of what is called: its name, where it has one.
func lastWord(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return types.ExprString(fun)
}

// orders reports whether a function of a name compares or sorts. Most names come again.
func (c *collector) orders(name string) bool {
	is, known := c.ordering[name]
	if !known {
		is = ordersByName.MatchString(name)
		c.ordering[name] = is
	}
	return is
}

// ordersByName are the functions that compare or sort, as people name them.
var ordersByName = lazyregexp.New(`(?i)(less|compare|cmp|before|after|sort|order|min|max)\w*$`)

// rootsIn returns the roots of what an expression names, was derived from, or was looked up by.
func (w *walker) rootsIn(e ast.Node) (roots []Root) {
	w.collector.pkg.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := w.pkg.Use(id).(*types.Var)
		if !ok || v.IsField() {
			return true
		}
		root := w.rootOf(v)
		roots = append(roots, root)
		if root.Kind == Variable {
			if from, _ := w.derived(v, 0); from.Kind != Nowhere {
				roots = append(roots, from)
			}
			if key := w.keyIn(id, 0).Source; key.Kind != Nowhere {
				roots = append(roots, key) // first, second := a, b; if b.n < a.n { … }
			}
		}
		return true
	})
	return roots
}

// orders reports whether a function puts two of its roots into an order.
func (fn *Func) orders(a, b Root) bool {
	for _, c := range fn.Ordered {
		if c.A == a && c.B == b || c.A == b && c.B == a {
			return true
		}
	}
	return false
}
