package match

import "go/ast"

var halfLockedPredicate = predicate{
	doc: "the call releases, on every way, a lock that its function takes under a condition only",
	params: []parameter{
		{name: "call", doc: "the call that releases the lock"},
		{name: "take", doc: "the call that takes it", binds: true},
		{name: "if", doc: "the statement around that", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		fn := a.function(call)
		if fn == nil {
			return true
		}
		for _, half := range a.pkg.HalfLocks(fn) {
			if ast.Node(half.Call) == call {
				return yield(answer{binds: map[string][]ast.Node{"take": one(half.Take), "if": one(half.If)}})
			}
		}
		return true
	},
}
