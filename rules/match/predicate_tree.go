package match

import (
	"go/ast"
)

var upTreePredicate = predicate{
	doc: "the call takes the lock of what an object belongs to while that of the object is held, and elsewhere they are taken from above",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "lock", doc: "the name of the locks: type and field", binds: true},
		{name: "down", doc: "the function that takes them from above", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, pair := range a.order().Trees {
			if pair.Up.Pos != call.Pos() || pair.Up.End != call.End() {
				continue
			}
			return yield(answer{
				binds: map[string][]ast.Node{
					"lock": phrase(call, pair.Up.From.Short()),
					"down": phrase(call, pair.Down.Func.Name),
				},
				evidence: append(edgeEvidence(pair.Up, "", true), edgeEvidence(pair.Down, "in "+pair.Down.Func.Name+", ", false)...),
			})
		}
		return true
	},
}
