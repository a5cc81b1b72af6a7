package match

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/pattern"
)

// same asks that holes denote one thing: the same variable, the same path of
// fields from it, the same expression without effect.
func (c *compiler) same(pointer string, holes []string, bound holeSet) constraint {
	for i, hole := range holes {
		c.use(fmt.Sprintf("%s/%d", pointer, i), hole, bound)
	}
	return filter(func(q *query, f found) bool {
		first := f.hole(holes[0])
		for _, hole := range holes[1:] {
			if !q.sameThings(first, f.hole(hole)) {
				return false
			}
		}
		return true
	})
}

func (q *query) sameThings(a, b []ast.Node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !q.sameThing(a[i], b[i]) {
			return false
		}
	}
	return true
}

// sameThing reports whether two nodes denote the same thing. An expression
// with an effect, or that makes a new object, is never the same twice.
func (q *query) sameThing(a, b ast.Node) bool {
	if !pattern.Same(a, b, q.pkg.Info) {
		return false
	}
	x, ok := a.(ast.Expr)
	return !ok || q.pkg.IsType(x) || q.pkg.Pure(x) && !q.pkg.MakesNew(x)
}
