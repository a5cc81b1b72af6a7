package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/syntax"
)

// has finds the operand within f, in the order of the text. It does not look
// into function literals but f itself: they run at another time.
func (q *query) has(r relation, f found, yield yield) bool {
	goOn := true
	q.descendants(r, f, func(at syntax.Cursor) bool {
		goOn = q.at(r, at, f, yield)
		return goOn
	})
	return goOn
}

// descendants visits the places within f at which the operand of r could match.
func (q *query) descendants(r relation, f found, visit func(syntax.Cursor) bool) {
	types := r.operand.kinds()
	if types != nil {
		types = append(types, (*ast.FuncLit)(nil))
	}
	goOn := true
	for _, root := range rootsOf(f) {
		root.Inspect(types, func(at syntax.Cursor) bool {
			if !goOn {
				return false
			}
			if at != f.at || len(f.nodes) > 1 {
				goOn = visit(at)
			}
			return goOn && (!isBoundary(at.Node()) || at == f.at)
		})
	}
}

// rootsOf returns the places of the nodes of f.
func rootsOf(f found) []syntax.Cursor {
	roots := []syntax.Cursor{f.at}
	for range f.nodes[1:] {
		next, ok := roots[len(roots)-1].NextSibling()
		if !ok {
			break
		}
		roots = append(roots, next)
	}
	return roots
}
