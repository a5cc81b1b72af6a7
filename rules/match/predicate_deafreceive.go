package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var deafReceivePredicate = predicate{
	doc: "the receive has no alternative, and each send for it gives way to the end of a context that the caller can end",
	params: []parameter{
		{name: "receive", doc: "the receive"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		if !ok {
			return true
		}
		d := channels.Of(a.pkg).DeafReceive(receive)
		if d == nil {
			return true
		}
		return yield(answer{evidence: []Evidence{
			{d.Send.Pos(), d.Send.End(), "the end of " + d.Ctx.Name() + " takes the place of this send"},
		}})
	},
}
