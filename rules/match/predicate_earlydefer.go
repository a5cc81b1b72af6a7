package match

import "go/ast"

var deferredEarlyPredicate = predicate{
	doc: "the call takes a lock whose release the function has deferred before, with a return in between",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "defer", doc: "the defer statement that releases it", binds: true},
		{name: "way", doc: "the first return in between", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		fn := a.function(call)
		if fn == nil {
			return true
		}
		for _, early := range a.pkg.EarlyDefers(fn) {
			if ast.Node(early.Call) == call {
				return yield(answer{binds: map[string][]ast.Node{"defer": one(early.Defer), "way": one(early.Way)}})
			}
		}
		return true
	},
}
