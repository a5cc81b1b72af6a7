package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

var handedReleasePredicate = predicate{
	doc: "the call releases a lock that its function has handed to a goroutine, which releases it too; or it is of the go statement that hands it over again",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "lock", doc: "the lock", binds: true},
		{name: "go", doc: "the go statement that hands the lock over", binds: true},
		{name: "again", doc: "the release in the goroutine", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		fn := a.function(call)
		if fn == nil {
			return true
		}
		for _, r := range a.pkg.HandedReleases(fn) {
			if ast.Node(r.Call) == call && r.Again != nil {
				return yield(answer{binds: map[string][]ast.Node{"lock": one(named(r.LockCall)), "go": one(r.Go), "again": one(r.Again)}})
			}
		}
		return true
	},
}

var splitLockPredicate = predicate{
	doc: "the call takes a lock in a goroutine that keeps it, while the function that starts the goroutine defers the release",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "defer", doc: "the defer statement that releases it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		lit := a.function(call)
		if lit == nil || a.function(lit) == nil {
			return true
		}
		for _, split := range a.pkg.SplitLocks(a.function(lit)) {
			if ast.Node(split.Call) == call {
				return yield(answer{binds: map[string][]ast.Node{"defer": one(split.Defer)}})
			}
		}
		return true
	},
}

// named is the name of a lock where the call that does something to it stands,
// in no tree.
func named(call facts.LockCall) *ast.Ident {
	return &ast.Ident{NamePos: call.Call.Pos(), Name: call.Lock.String()}
}
