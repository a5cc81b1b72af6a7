package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var onceErrorPredicate = predicate{
	doc: "what the Do of a sync.Once runs sets an error that is new in each call of the function around it, together with something that lasts, and the function returns the error: later calls return none",
	params: []parameter{
		{name: "do", doc: "the call of Do"},
		{name: "error", doc: "the error, where it is set", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		do, ok := a.node("do").(*ast.CallExpr)
		if !ok {
			return true
		}
		lost := sharing.Of(a.pkg).OnceErrorAt(do)
		if lost == nil {
			return true
		}
		return yield(answer{
			binds: map[string][]ast.Node{"error": one(lost.Error)},
			evidence: []Evidence{
				{lost.Error.Pos(), lost.Error.End(), "set here, by the first call only"},
				{lost.Return.Pos(), lost.Return.End(), "returned here, by each call"},
			},
		})
	},
}
