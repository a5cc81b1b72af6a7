package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/syntax"
)

var helperParts = []eventPart{
	{"lock", "the mutex, as the caller would write it: s.mu"},
	{"call", "the call"},
	{"defer", "the defer statement, if the call is deferred"},
	{"go", "the go statement, if the call is one"},
}

var lockHelperEvent = event{
	doc:   "a call of a function of the program that returns with a lock held, or takes one at any time which its caller holds; once for each lock",
	parts: helperParts,
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	find:  findHelperCall(facts.Acquire),
}

var unlockHelperEvent = event{
	doc:   "a call of a function of the program that releases a lock which its caller holds; once for each lock",
	parts: helperParts,
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	find:  findHelperCall(facts.Release),
}

// findHelperCall finds the calls of functions that do op to a lock. A mutex has
// no text of its own there: it is bound to a name that stands in no tree.
func findHelperCall(op facts.LockOp) func(*query, syntax.Cursor, func(occurrence) bool) bool {
	return func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		call := at.Node().(*ast.CallExpr)
		for _, does := range q.pkg.HelperCalls(call) {
			if does.Op != op {
				continue
			}
			name := does.Lock.String()
			parts := occurrence{{"lock", one(&ast.Ident{NamePos: call.Pos(), Name: name})}, {"call", one(call)}}
			addStart(&parts, at)
			if !yield(parts) {
				return false
			}
		}
		return true
	}
}

// addStart adds the defer or go statement whose call stands at a place.
func addStart(parts *occurrence, at syntax.Cursor) {
	switch around := at.Parent().Node().(type) {
	case *ast.DeferStmt:
		*parts = append(*parts, part{"defer", one(around)})
	case *ast.GoStmt:
		*parts = append(*parts, part{"go", one(around)})
	}
}
