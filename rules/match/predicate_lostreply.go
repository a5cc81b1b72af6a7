package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var lostReplyPredicate = predicate{
	doc: "the function answers a request here, and can be done with it on another way without; whoever asked waits for the answer only",
	params: []parameter{
		{name: "send", doc: "the send of the answer"},
		{name: "exit", doc: "the way out without one", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		send, ok := a.node("send").(*ast.SendStmt)
		if !ok || a.function(send) == nil {
			return true
		}
		l := channels.Of(a.pkg).LostReply(a.function(send), send)
		if l == nil {
			return true
		}
		return yield(answer{
			binds: map[string][]ast.Node{"exit": one(wayOut(l.Exit))},
			evidence: []Evidence{
				{l.Reply.Pos(), l.Reply.End(), "answered here on another way"},
				{l.Receive.Pos(), l.Receive.End(), "whoever asked waits here"},
			},
		})
	},
}
