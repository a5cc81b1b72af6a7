package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var lostReleasePredicate = predicate{
	doc: "the receive gives a place of a semaphore back, which another way out of the function does not",
	params: []parameter{
		{name: "receive", doc: "the receive"},
		{name: "exit", doc: "that way out", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		if !ok || a.function(receive) == nil {
			return true
		}
		exit := channels.Of(a.pkg).LostRelease(a.function(receive), receive)
		if exit == nil {
			return true
		}
		exit = wayOut(exit)
		return yield(answer{
			binds:    map[string][]ast.Node{"exit": one(exit)},
			evidence: []Evidence{{receive.Pos(), receive.End(), "given back here, on another way"}},
		})
	},
}
