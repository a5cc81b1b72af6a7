package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var notifiesPredicate = predicate{
	doc: "the send is a notification: the channel has room for one empty value, which goroutines receive again and again",
	params: []parameter{
		{name: "send", doc: "the send statement"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		send, ok := a.node("send").(*ast.SendStmt)
		if !ok || a.function(send) == nil {
			return true
		}
		receive := channels.Of(a.pkg).Notifies(a.function(send), send)
		return receive == nil || yield(answer{evidence: []Evidence{{receive.Pos(), receive.Pos(), "received here, again and again"}}})
	},
}
