package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var loadedPredicate = predicate{
	doc: "the map was handed out by the Load of an atomic or a sync.Map, of which another function loads too, and no lock is held",
	params: []parameter{
		{name: "map", doc: "the map"},
		{name: "load", doc: "the call that handed it out", binds: true},
		{name: "other", doc: "a call in another function that loads from the same variable", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		e, ok := a.node("map").(ast.Expr)
		if !ok {
			return true
		}
		load, other := sharing.Of(a.pkg).LoadedMap(e)
		if load == nil || other == nil {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"load": one(load), "other": one(other)}})
	},
}
