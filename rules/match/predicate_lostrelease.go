package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var lostReleasePredicate = predicate{
	doc: "the receive, or the send to a channel that was filled, gives a place of a semaphore back, which another way out of the function does not",
	params: []parameter{
		{name: "receive", doc: "the receive or send, or the call of a function that does nothing but that"},
		{name: "exit", doc: "that way out", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive := a.node("receive")
		fn := a.function(receive)
		if fn == nil {
			return true
		}
		var exit ast.Node
		switch receive := receive.(type) {
		case *ast.UnaryExpr:
			exit = channels.Of(a.pkg).LostRelease(fn, receive)
		case *ast.SendStmt:
			exit = channels.Of(a.pkg).LostFilled(receive)
		case *ast.CallExpr:
			exit = channels.Of(a.pkg).LostHelperRelease(fn, receive)
		}
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
