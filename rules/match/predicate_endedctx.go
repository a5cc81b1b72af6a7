package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var endedContextPredicate = predicate{
	doc: "the call gets a context that is over by then, whatever happens",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "use", doc: "the context, where it gets it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		e := channels.Of(a.pkg).EndedContext(a.function(call), call)
		return e == nil || yield(answer{
			binds:    map[string][]ast.Node{"use": one(e.Use)},
			evidence: []Evidence{{e.End.Pos(), e.End.End(), e.Why}},
		})
	},
}
