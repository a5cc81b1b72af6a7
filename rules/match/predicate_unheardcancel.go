package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var unheardCancelPredicate = predicate{
	doc: "the send, of a goroutine that is started with a context of its own, waits for a receiver only, and nothing in its function looks at the context",
	params: []parameter{
		{name: "send", doc: "the send statement"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		send, ok := a.node("send").(*ast.SendStmt)
		fn := a.function(a.node("send"))
		if !ok || fn == nil {
			return true
		}
		u := channels.Of(a.pkg).UnheardCancel(fn, send)
		if u == nil {
			return true
		}
		return yield(answer{evidence: []Evidence{
			{u.Ctx.Pos(), u.Ctx.Pos(), "the context by which it should hear of the end"},
			{u.Start.Pos(), u.Start.Pos(), "the goroutine starts here"},
			{u.Cancel.Pos(), u.Cancel.End(), "with a context that is cancelled"},
		}})
	},
}
