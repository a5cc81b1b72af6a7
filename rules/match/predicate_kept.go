package match

import "go/ast"

var keptPredicate = predicate{
	doc: "the call takes a lock that the function holds on every way out, and that nobody else can release",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		if fn := a.function(call); fn == nil || !a.pkg.KeptForEver(fn, call) {
			return true
		}
		return yield(answer{})
	},
}
