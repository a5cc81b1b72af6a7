package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var lostUpdatePredicate = predicate{
	doc: "an exported function stores, with no lock held, what it has made of a load of the same atomic",
	params: []parameter{
		{name: "store", doc: "the call that stores"},
		{name: "load", doc: "the call that loads", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("store").(*ast.CallExpr)
		if !ok {
			return true
		}
		load := sharing.Of(a.pkg).LostUpdateAt(a.function(call), call)
		return load == nil || yield(answer{binds: map[string][]ast.Node{"load": one(load)}})
	},
}
