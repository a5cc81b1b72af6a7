package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/syntax"
)

var accessEvent = event{
	doc:   "any use of a field, of a variable at package level or of a captured one: of the variable itself, or of what its map or slice holds; a loop that declares a variable gives it a value too",
	parts: []eventPart{{"var", "the variable, with the path to it: s.stats.hits"}},
	at:    []ast.Node{(*ast.Ident)(nil), (*ast.SelectorExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		e, ok := at.Node().(ast.Expr)
		if !ok || !sharing.Of(q.pkg).Shared(e) {
			return true
		}
		return yield(occurrence{{"var", one(e)}})
	},
}
