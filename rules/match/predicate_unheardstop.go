package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var unheardStopPredicate = predicate{
	doc: "the send, again and again by a goroutine, waits for who may turn away, and nobody listens to the stop channel of the same object, which the package closes",
	params: []parameter{
		{name: "send", doc: "the send statement"},
		{name: "stop", doc: "the close of the stop channel", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		send, ok := a.node("send").(*ast.SendStmt)
		fn := a.function(a.node("send"))
		if !ok || fn == nil {
			return true
		}
		stop := channels.Of(a.pkg).UnheardStop(fn, send)
		if stop == nil {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"stop": one(stop)}, evidence: []Evidence{
			{stop.Pos(), stop.End(), "this should end it, and nobody listens to it"},
		}})
	},
}
