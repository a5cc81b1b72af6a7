package match

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/syntax"
)

var callParts = []eventPart{
	{"call", "the call"},
	{"func", "what is called, as written"},
	{"receiver", "the operand of a method call"},
	{"args", "the arguments"},
}

var callEvent = event{
	doc:   "a call of a function, method, func value or builtin; no conversion",
	parts: callParts,
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		call := at.Node().(*ast.CallExpr)
		if q.pkg.Info.Types[call.Fun].IsType() {
			return true
		}
		return yield(q.callParts(call))
	},
}

var deferEvent = event{
	doc:   "a defer statement",
	parts: callParts,
	at:    []ast.Node{(*ast.DeferStmt)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		return yield(q.callParts(at.Node().(*ast.DeferStmt).Call))
	},
}

var goEvent = event{
	doc:   "a go statement",
	parts: callParts,
	at:    []ast.Node{(*ast.GoStmt)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		return yield(q.callParts(at.Node().(*ast.GoStmt).Call))
	},
}

func (q *query) callParts(call *ast.CallExpr) occurrence {
	parts := occurrence{{"call", one(call)}, {"func", one(call.Fun)}, {"args", exprs(call.Args)}}
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if s := q.pkg.Info.Selections[selector]; s != nil && s.Kind() == types.MethodVal {
			parts = append(parts, part{"receiver", one(selector.X)})
		}
	}
	return parts
}

var returnEvent = event{
	doc:   "a return statement",
	parts: []eventPart{{"results", "the expressions that it returns"}},
	at:    []ast.Node{(*ast.ReturnStmt)(nil)},
	find: func(_ *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		return yield(occurrence{{"results", exprs(at.Node().(*ast.ReturnStmt).Results)}})
	},
}
