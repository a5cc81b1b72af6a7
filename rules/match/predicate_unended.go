package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var unendedPredicate = predicate{
	doc: "the receive waits for a goroutine that alone sends on the channel of a field, or closes it, and can end without",
	params: []parameter{
		{name: "receive", doc: "the receive"},
		{name: "exit", doc: "the way out of the goroutine without", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		if !ok || a.function(receive) == nil {
			return true
		}
		u := channels.Of(a.pkg).Unended(a.function(receive), receive, receive.X)
		if u == nil {
			return true
		}
		exit := wayOut(u.Exit)
		return yield(answer{
			binds: map[string][]ast.Node{"exit": one(exit)},
			evidence: []Evidence{
				{u.By.Pos(), u.By.End(), "this would end it"},
				{exit.Pos(), exit.End(), "the goroutine can end here without"},
			},
		})
	},
}
