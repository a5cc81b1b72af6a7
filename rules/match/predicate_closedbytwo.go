package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var closedByTwoPredicate = predicate{
	doc: "two goroutines can come to a close of the same channel",
	params: []parameter{
		{name: "close", doc: "the call of close"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("close").(*ast.CallExpr)
		fn := a.function(a.node("close"))
		if !ok || fn == nil {
			return true
		}
		other, because := channels.Of(a.pkg).ClosedByTwo(fn, call)
		return other == nil || yield(answer{evidence: []Evidence{{other.Pos(), other.End(), because}}})
	},
}
