package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var besideOncePredicate = predicate{
	doc: "the function that a sync.Once runs, which writes what its object or the package keeps, or closes a channel, is also called or kept past the Once",
	params: []parameter{
		{name: "do", doc: "the call of Do"},
		{name: "use", doc: "the name of the function, where it is used past the Once", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		do, ok := a.node("do").(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, b := range sharing.Of(a.pkg).BesideOnces(do) {
			if !yield(answer{
				binds: map[string][]ast.Node{"use": one(b.Use)},
				evidence: []Evidence{
					{do.Pos(), do.End(), "the Once runs it here"},
					{b.Write.Pos(), b.Write.End(), "what must be done once"},
				},
			}) {
				return false
			}
		}
		return true
	},
}
