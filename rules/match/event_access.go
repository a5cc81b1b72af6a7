package match

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
)

var accessEvent = event{
	doc:   "any use of a field, of a variable at package level or of a captured one: of the variable itself, or of what its map or slice holds; a loop that declares a variable gives it a value too",
	parts: []eventPart{{"var", "the variable, with the path to it: s.stats.hits"}},
	at:    []ast.Node{(*ast.Ident)(nil), (*ast.SelectorExpr)(nil)},
	find: func(q *query, at inspector.Cursor, yield func(occurrence) bool) bool {
		if selector, ok := at.Parent().Node().(*ast.SelectorExpr); ok && selector.Sel == at.Node() {
			return true // the selector is the place
		}
		id, ok := at.Node().(*ast.Ident)
		if selector, isSelector := at.Node().(*ast.SelectorExpr); isSelector {
			id, ok = selector.Sel, true
		}
		if !ok {
			return true
		}
		if _, isVar := q.pkg.Info.ObjectOf(id).(*types.Var); !isVar || id.Name == "_" {
			return true
		}
		return yield(occurrence{"var": one(at.Node())})
	},
}
