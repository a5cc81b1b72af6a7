package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sections"
)

var overtakenPredicate = predicate{
	doc: "an entry is stored, in the map or by a call, that another caller may have made since the function has found it missing in another critical section",
	params: []parameter{
		{name: "at", doc: "the element that is assigned to, or the call that stores"},
		{name: "look", doc: "where the function has looked", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at := a.node("at")
		fn := a.function(at)
		if fn == nil {
			return true
		}
		for _, t := range sections.Of(a.pkg).Overtaken(fn) {
			if t.Store != at {
				continue
			}
			return yield(answer{
				binds:    map[string][]ast.Node{"look": one(t.Look)},
				evidence: []Evidence{{t.Look.Pos(), t.Look.End(), "asked here, in another critical section"}},
			})
		}
		return true
	},
}
