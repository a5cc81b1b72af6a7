package match

import "go/ast"

var overwrittenLockPredicate = predicate{
	doc: "a lock that is held stands in the struct that is given a new value here",
	params: []parameter{
		{name: "left", doc: "what is assigned to"},
		{name: "right", doc: "the new value"},
		{name: "lock", doc: "the call that took the lock", binds: true},
		{name: "release", doc: "the call, or defer statement, that releases it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		left, ok := a.node("left").(ast.Expr)
		right, ok2 := a.node("right").(ast.Expr)
		fn := a.function(a.node("left"))
		if !ok || !ok2 || fn == nil {
			return true
		}
		o, ok := a.pkg.LockOverwritten(fn, left, right)
		return !ok || yield(answer{binds: map[string][]ast.Node{"lock": one(o.Taken), "release": one(o.Released)}})
	},
}
