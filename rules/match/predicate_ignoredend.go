package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var ignoredEndPredicate = predicate{
	doc: "the case of a select in an endless loop receives the signal that the end has come, and does nothing but begin the next turn",
	params: []parameter{
		{name: "case", doc: "the clause"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		clause, ok := a.node("case").(*ast.CommClause)
		fn := a.function(a.node("case"))
		return !ok || fn == nil || !channels.Of(a.pkg).IgnoredEnd(fn, clause) || yield(answer{})
	},
}
