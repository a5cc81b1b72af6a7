package match

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/syntax"
)

var sendEvent = event{
	doc: "a send on a channel, in a select too",
	parts: []eventPart{
		{"chan", "the channel"},
		{"value", "what is sent"},
		{"case", "the clause, if it is the operation of a select's case"},
	},
	at: []ast.Node{(*ast.SendStmt)(nil)},
	find: func(_ *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		send := at.Node().(*ast.SendStmt)
		parts := occurrence{{"chan", one(send.Chan)}, {"value", one(send.Value)}}
		addCase(&parts, at)
		return yield(parts)
	},
}

var receiveEvent = event{
	doc: "a receive from a channel, in a select too, or a range over one",
	parts: []eventPart{
		{"chan", "the channel"},
		{"case", "the clause, if it is the operation of a select's case"},
	},
	at: []ast.Node{(*ast.UnaryExpr)(nil), (*ast.RangeStmt)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		if loop, ok := at.Node().(*ast.RangeStmt); ok {
			return !q.isUnder(loop.X, kinds["chan"]) || yield(occurrence{{"chan", one(loop.X)}})
		}
		receive := at.Node().(*ast.UnaryExpr)
		if receive.Op != token.ARROW {
			return true
		}
		parts := occurrence{{"chan", one(receive.X)}}
		addCase(&parts, at)
		return yield(parts)
	},
}

// addCase adds the clause of a select whose operation stands at a place: the
// statement "c <- v", "<-c" or "v := <-c".
func addCase(parts *occurrence, at syntax.Cursor) {
	for ; ; at = at.Parent() {
		switch around := at.Parent().Node().(type) {
		case *ast.ParenExpr, *ast.ExprStmt, *ast.AssignStmt:
			continue
		case *ast.CommClause:
			if around.Comm == at.Node() {
				*parts = append(*parts, part{"case", one(around)})
			}
		}
		return
	}
}

var selectEvent = event{
	doc:   "a select statement",
	parts: []eventPart{{"default", "its default clause, if it has one"}},
	at:    []ast.Node{(*ast.SelectStmt)(nil)},
	find: func(_ *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		parts := occurrence{}
		for _, clause := range at.Node().(*ast.SelectStmt).Body.List {
			if clause.(*ast.CommClause).Comm == nil {
				parts = append(parts, part{"default", one(clause)})
			}
		}
		return yield(parts)
	},
}

var closeEvent = event{
	doc:   "a call of the predeclared close",
	parts: []eventPart{{"chan", "the channel"}, {"call", "the call"}},
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	keys:  []string{"close"},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		call := at.Node().(*ast.CallExpr)
		return !q.isBuiltin(call, "close") || len(call.Args) != 1 || yield(occurrence{{"chan", one(call.Args[0])}, {"call", one(call)}})
	},
}

// isUnder reports whether the underlying type of an expression is of a kind.
func (q *query) isUnder(x ast.Expr, is isType) bool {
	t := q.pkg.TypeOf(x)
	return t != nil && is(t.Underlying())
}

func (q *query) isBuiltin(call *ast.CallExpr, name string) bool {
	builtin, ok := q.objectOf(call).(*types.Builtin)
	return ok && builtin.Name() == name
}
