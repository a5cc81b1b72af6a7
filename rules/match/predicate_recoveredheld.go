package match

import "go/ast"

var recoveredHeldPredicate = predicate{
	doc: "the call takes a lock that stays held after a panic which the function recovers: it calls a func value meanwhile, and only explicit calls release the lock",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "risk", doc: "the call that may panic", binds: true},
		{name: "recover", doc: "the defer statement that recovers", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		fn := a.function(call)
		if fn == nil {
			return true
		}
		for _, hold := range a.pkg.RecoveredHolds(fn) {
			if ast.Node(hold.Call) == call {
				return yield(answer{binds: map[string][]ast.Node{"risk": one(hold.Risk), "recover": one(hold.Recover)}})
			}
		}
		return true
	},
}
