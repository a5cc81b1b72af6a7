package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var filledPredicate = predicate{
	doc: "the call is of a method of a buffer that a running command, or a goroutine that copies, may still fill",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "start", doc: "what started it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		r, ok := sharing.Of(a.pkg).FilledAt(call)
		if !ok {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"start": one(r.Start)},
			evidence: []Evidence{{r.Start.Pos(), r.Start.End(), "from here on it is filled"}},
		})
	},
}
