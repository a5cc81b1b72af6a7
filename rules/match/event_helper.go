package match

import (
	"go/ast"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/lockfix/lockfix/rules/facts"
)

var helperParts = []eventPart{
	{"lock", "the mutex, as the caller would write it: s.mu"},
	{"call", "the call"},
	{"defer", "the defer statement, if the call is deferred"},
	{"go", "the go statement, if the call is one"},
}

var lockHelperEvent = event{
	doc:   "a call of a function of the program that takes a lock, to return with it held or at any time before; once for each lock that has a name where the call stands",
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
func findHelperCall(op facts.LockOp) func(*query, inspector.Cursor, func(occurrence) bool) bool {
	return func(q *query, at inspector.Cursor, yield func(occurrence) bool) bool {
		call := at.Node().(*ast.CallExpr)
		fn, ok := q.pkg.HelperCall(call)
		if !ok {
			return true
		}
		var seen []string
		for _, does := range q.pkg.LockCalls(fn, call) {
			name := does.Lock.String()
			if does.Op != op || slices.Contains(seen, name) {
				continue
			}
			seen = append(seen, name)
			parts := occurrence{"lock": one(&ast.Ident{NamePos: call.Pos(), Name: name}), "call": one(call)}
			addStart(parts, at)
			if !yield(parts) {
				return false
			}
		}
		return true
	}
}

// addStart adds the defer or go statement whose call stands at a place.
func addStart(parts occurrence, at inspector.Cursor) {
	switch around := at.Parent().Node().(type) {
	case *ast.DeferStmt:
		parts["defer"] = one(around)
	case *ast.GoStmt:
		parts["go"] = one(around)
	}
}
