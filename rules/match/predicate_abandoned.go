package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var abandonedPredicate = predicate{
	doc: "the function that is called returns a channel on which a goroutine sends, and its caller can leave before the goroutine has sent all",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "send", doc: "the send of the goroutine", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		fn := a.function(a.node("call"))
		if !ok || fn == nil {
			return true
		}
		s := channels.Of(a.pkg).Abandoned(fn, call)
		if s == nil {
			return true
		}
		exit := wayOut(s.Exit)
		return yield(answer{
			binds: map[string][]ast.Node{"send": one(s.Send.Node)},
			evidence: []Evidence{
				{exit.Pos(), exit.End(), "it is left here, and nobody receives any more"},
				{s.Send.Node.Pos(), s.Send.Node.End(), "the goroutine waits here for ever"},
			},
		})
	},
}
