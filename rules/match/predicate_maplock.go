package match

import "go/ast"

var guardsMapPredicate = predicate{
	doc: "the call is the first to take a mutex under which nothing is done but one call of a sync.Map",
	params: []parameter{
		{name: "call", doc: "the call that takes it"},
		{name: "use", doc: "the first call under it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		lock, ok := a.pkg.MapLocks()[call]
		if !ok {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"use": one(lock.Uses[0])}})
	},
}
