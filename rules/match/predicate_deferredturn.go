package match

import "go/ast"

var deferredTurnPredicate = predicate{
	doc: "the call takes a lock which the same function has taken by the same call on an earlier turn of a loop, and whose release it has only deferred",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "defer", doc: "the defer statement that puts the release off to the end of the function", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		fn := a.function(call)
		if fn == nil {
			return true
		}
		for _, turn := range a.pkg.DeferredTurns(fn) {
			if ast.Node(turn.Call) == call {
				return yield(answer{binds: map[string][]ast.Node{"defer": one(turn.Defer)}})
			}
		}
		return true
	},
}
