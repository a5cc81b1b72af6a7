package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sections"
)

var twinEntryPredicate = predicate{
	doc: "an entry is stored, in the map or by a call, that another caller may have made since the function has found it missing in another critical section",
	params: []parameter{
		{name: "at", doc: "the element that is assigned to, or the call that stores"},
		{name: "look", doc: "where the function has looked", binds: true},
		{name: "value", doc: "what is stored", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at := a.node("at")
		fn := a.function(at)
		if fn == nil {
			return true
		}
		for _, t := range sections.Of(a.pkg).TwinEntries(fn) {
			if t.Store != at && (t.Assign == nil || ast.Node(t.Assign) != at) {
				continue
			}
			return yield(answer{
				binds:    map[string][]ast.Node{"look": one(t.Look), "value": phrase(at, t.Value.Name())},
				evidence: []Evidence{{t.Look.Pos(), t.Look.End(), "looked up here, in another critical section"}},
			})
		}
		return true
	},
}
