package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var endedContextPredicate = predicate{
	doc: "the call gets, or the return gives, a context that is over by then, whatever happens",
	params: []parameter{
		{name: "call", doc: "the call, or the return"},
		{name: "use", doc: "the context, where it gets it", binds: true},
		{name: "when", doc: "says when it is", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		var e *channels.EndedContext
		when := "this is called"
		switch n := a.node("call").(type) {
		case *ast.CallExpr:
			e = channels.Of(a.pkg).EndedContext(a.function(n), n)
		case *ast.ReturnStmt:
			e, when = channels.Of(a.pkg).DeadContext(a.function(n), n), "the caller gets it"
		}
		return e == nil || yield(answer{
			binds:    map[string][]ast.Node{"use": one(e.Use), "when": phrase(e.Use, when)},
			evidence: []Evidence{{e.End.Pos(), e.End.End(), e.Why}},
		})
	},
}
