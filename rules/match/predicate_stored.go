package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var storedPredicate = predicate{
	doc: "the write is to an object that the function has put into an atomic, a sync.Map or, under a lock, a map before, without a lock or a wait in between, and another function uses what is written of what it loads from there",
	params: []parameter{
		{name: "at", doc: "the expression that is written"},
		{name: "store", doc: "the call that has put it there", binds: true},
		{name: "other", doc: "the use by another function", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		store, other := sharing.Of(a.pkg).StoredAt(at)
		if store == nil || other == nil {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"store": one(store), "other": one(other)}})
	},
}
