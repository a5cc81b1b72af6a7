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
		if q.pkg.IsType(call.Fun) {
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

// callParts are made for each call of a program, and most are dropped at once.
func (q *query) callParts(call *ast.CallExpr) occurrence {
	nodes := make([]ast.Node, 3+len(call.Args))
	nodes[0], nodes[1] = call, call.Fun
	for i, arg := range call.Args {
		nodes[3+i] = arg
	}
	parts := make(occurrence, 3, 4)
	parts[0], parts[1], parts[2] = part{"call", nodes[:1:1]}, part{"func", nodes[1:2:2]}, part{"args", nodes[3:]}
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if q.isMethodValue(selector) {
			nodes[2] = selector.X
			parts = append(parts, part{"receiver", nodes[2:3:3]})
		}
	}
	return parts
}

// isMethodValue reports whether a selector names a method of its operand, which is no type.
func (q *query) isMethodValue(selector *ast.SelectorExpr) bool {
	fn, ok := q.pkg.Use(selector.Sel).(*types.Func)
	return ok && fn.Signature().Recv() != nil && !q.pkg.IsType(selector.X)
}

var returnEvent = event{
	doc:   "a return statement",
	parts: []eventPart{{"results", "the expressions that it returns"}},
	at:    []ast.Node{(*ast.ReturnStmt)(nil)},
	find: func(_ *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		return yield(occurrence{{"results", exprs(at.Node().(*ast.ReturnStmt).Results)}})
	},
}
