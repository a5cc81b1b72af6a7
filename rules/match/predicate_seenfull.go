package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var seenFullPredicate = predicate{
	doc: "the receive rests on a look at the channel, from which another goroutine receives too",
	params: []parameter{
		{name: "receive", doc: "the receive"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		if !ok {
			return true
		}
		s := channels.Of(a.pkg).SeenFull(receive)
		if s == nil {
			return true
		}
		return yield(answer{evidence: []Evidence{
			{s.Look.Pos(), s.Look.Pos(), "here the channel is looked at"},
			{s.Other.Pos(), s.Other.End(), "this may take the value meanwhile"},
		}})
	},
}
