package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
	"github.com/lockfix/lockfix/rules/facts/rehearsal"
)

var desertedPredicate = predicate{
	doc: "the send waits for a receiver only, and every goroutine that receives can have ended by then",
	params: []parameter{
		{name: "send", doc: "the send statement"},
		{name: "exit", doc: "a way out of the goroutine that receives", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		send, ok := a.node("send").(*ast.SendStmt)
		if !ok || a.function(send) == nil {
			return true
		}
		d := channels.Of(a.pkg).Deserted(a.function(send), send)
		if d == nil {
			return true
		}
		exit, said := wayOut(d.Exit), "who receives can leave here"
		if runs := rehearsal.Of(a.pkg); runs.Served(send) && (runs.Left(exit) || !channels.Of(a.pkg).UnderIf(d.Exit)) {
			return true
		}
		if d.Unstarted {
			said = "who receives is only started if this holds"
		}
		return yield(answer{
			binds: map[string][]ast.Node{"exit": one(exit)},
			evidence: []Evidence{
				{d.Receive.Pos(), d.Receive.Pos(), "received here"},
				{exit.Pos(), exit.End(), said},
			},
		})
	},
}
