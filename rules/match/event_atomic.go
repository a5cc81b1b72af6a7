package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/syntax"
)

var atomicWriteEvent = event{
	doc:   "a write by sync/atomic: a method of one of its types, but Load, or a function that gets the address of a word",
	parts: []eventPart{{"var", "what is written, with the path to it: s.stats.hits"}},
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		target := sharing.Of(q.pkg).AtomicWrite(at.Node().(*ast.CallExpr))
		return target == nil || yield(occurrence{{"var", one(target)}})
	},
}
