package match

import "go/ast"

var dropsUnlockPredicate = predicate{
	doc: "the call takes a lock and returns the func that releases it, and nobody gets that func",
	params: []parameter{
		{name: "call", doc: "the call"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		fn := a.function(call)
		if fn == nil {
			return true
		}
		for _, dropped := range a.pkg.DroppedUnlocks(fn) {
			if ast.Node(dropped.Call) == call {
				return yield(answer{})
			}
		}
		return true
	},
}
