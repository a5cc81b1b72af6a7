package match

import (
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rules/syntax"
)

var mapReadEvent = event{
	doc: "an index expression that reads an element of a map; m[k]++ and m[k] += v read too",
	parts: []eventPart{
		{"map", "the map"},
		{"key", "the key"},
	},
	at: []ast.Node{(*ast.IndexExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		index := at.Node().(*ast.IndexExpr)
		if !q.isUnder(index.X, kinds["map"]) {
			return true
		}
		if w, writes := writeAt(at); writes && !w.reads {
			return true
		}
		return yield(occurrence{{"map", one(index.X)}, {"key", one(index.Index)}})
	},
}

var mapWriteEvent = event{
	doc: "an index expression that is assigned to, and so sets an element of a map",
	parts: []eventPart{
		{"map", "the map"},
		{"key", "the key"},
		{"value", "what is assigned, if that is an expression of its own: not in m[k]++, nor in m[k], x = f()"},
		{"stmt", "the assignment, increment or range statement"},
	},
	at: []ast.Node{(*ast.IndexExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		index := at.Node().(*ast.IndexExpr)
		w, writes := writeAt(at)
		if !writes || !q.isUnder(index.X, kinds["map"]) {
			return true
		}
		parts := occurrence{{"map", one(index.X)}, {"key", one(index.Index)}, {"stmt", one(w.stmt)}}
		if w.value != nil {
			parts = append(parts, part{"value", one(w.value)})
		}
		return yield(parts)
	},
}

var mapDeleteEvent = event{
	doc: "a call of the predeclared delete, or of clear on a map",
	parts: []eventPart{
		{"map", "the map"},
		{"key", "the key; clear has none"},
		{"call", "the call"},
	},
	at:   []ast.Node{(*ast.CallExpr)(nil)},
	keys: []string{"delete", "clear"},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		call := at.Node().(*ast.CallExpr)
		if !q.isBuiltin(call, "delete") && !q.isBuiltin(call, "clear") || len(call.Args) == 0 || !q.isUnder(call.Args[0], kinds["map"]) {
			return true
		}
		parts := occurrence{{"map", one(call.Args[0])}, {"call", one(call)}}
		if len(call.Args) == 2 {
			parts = append(parts, part{"key", one(call.Args[1])})
		}
		return yield(parts)
	},
}

var mapRangeEvent = event{
	doc: "a range over a map",
	parts: []eventPart{
		{"map", "the map"},
		{"key", "the key variable, if there is one"},
		{"value", "the value variable, if there is one"},
		{"body", "the body"},
	},
	at: []ast.Node{(*ast.RangeStmt)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		loop := at.Node().(*ast.RangeStmt)
		if !q.isUnder(loop.X, kinds["map"]) {
			return true
		}
		parts := occurrence{{"map", one(loop.X)}, {"body", one(loop.Body)}}
		if loop.Key != nil {
			parts = append(parts, part{"key", one(loop.Key)})
		}
		if loop.Value != nil {
			parts = append(parts, part{"value", one(loop.Value)})
		}
		return yield(parts)
	},
}

// A write is the assignment that an operand stands on the left of.
type write struct {
	stmt  ast.Stmt
	value ast.Expr // what is assigned, if that is an expression of its own
	reads bool     // the old value is read: ++, +=
}

// writeAt returns the write to the expression at a place.
func writeAt(at syntax.Cursor) (w write, ok bool) {
	for {
		if _, paren := at.Parent().Node().(*ast.ParenExpr); !paren {
			break
		}
		at = at.Parent()
	}
	switch stmt := at.Parent().Node().(type) {
	case *ast.IncDecStmt:
		return write{stmt: stmt, reads: true}, true
	case *ast.RangeStmt:
		return write{stmt: stmt}, stmt.Tok == token.ASSIGN && (stmt.Key == at.Node() || stmt.Value == at.Node())
	case *ast.AssignStmt:
		return writeIn(stmt, at.Node())
	}
	return write{}, false
}

func writeIn(stmt *ast.AssignStmt, x ast.Node) (w write, ok bool) {
	for i, left := range stmt.Lhs {
		if left != x {
			continue
		}
		w = write{stmt: stmt, reads: stmt.Tok != token.ASSIGN && stmt.Tok != token.DEFINE}
		if len(stmt.Lhs) == len(stmt.Rhs) {
			w.value = stmt.Rhs[i]
		}
		return w, true
	}
	return write{}, false
}
