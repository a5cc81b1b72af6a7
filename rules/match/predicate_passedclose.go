package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var passedClosePredicate = predicate{
	doc: "the case of a select in an endless loop goes on receiving from a channel that is closed",
	params: []parameter{
		{name: "case", doc: "the clause"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		clause, ok := a.node("case").(*ast.CommClause)
		fn := a.function(a.node("case"))
		if !ok || fn == nil || channels.Of(a.pkg).IgnoredEnd(fn, clause) {
			return true
		}
		if body := channels.Of(a.pkg).ClosedPassedOver(fn, clause); body != nil {
			last := body[len(body)-1]
			return yield(answer{evidence: []Evidence{{last.Pos(), last.End(), "the channel is closed here, and stays so: the next turn comes here again"}}})
		}
		end := channels.Of(a.pkg).ClosedInput(fn, clause)
		return end == nil || yield(answer{evidence: []Evidence{{end.Pos(), end.End(), "closed here, and nobody asks for ok where it is received"}}})
	},
}
