package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/rehearsal"
	"github.com/lockfix/lockfix/rules/syntax"
)

var racedEvent = event{
	doc:   "a use of a variable, or of what it holds, that in some run of the closed program that the package is nothing orders with what another goroutine does",
	parts: []eventPart{{"var", "what names the variable, with the path to it: s.stats.hits"}},
	at:    []ast.Node{(*ast.Ident)(nil), (*ast.SelectorExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		e := at.Node().(ast.Expr)
		if rehearsal.Of(q.pkg).RaceAt(e) == nil {
			return true
		}
		return yield(occurrence{{"var", one(e)}})
	},
}
