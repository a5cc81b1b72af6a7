package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var zeroTimerPredicate = predicate{
	doc: "the case of a select receives from a timer of zero, unless that was replaced under a condition",
	params: []parameter{
		{name: "receive", doc: "the receive"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		if !ok {
			return true
		}
		t := channels.Of(a.pkg).ZeroTimerAt(receive)
		return t == nil || yield(answer{evidence: []Evidence{
			{t.Made.Pos(), t.Made.End(), "goes off at once"},
			{t.Replaced.Pos(), t.Replaced.End(), "replaced here, under a condition"},
		}})
	},
}
