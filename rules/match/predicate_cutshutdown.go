package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var cutShutdownPredicate = predicate{
	doc: "the call serves until a goroutine shuts the server down, and nobody waits for that goroutine",
	params: []parameter{
		{name: "call", doc: "the call that serves"},
		{name: "shutdown", doc: "the call that shuts the server down", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		fn := a.function(a.node("call"))
		if !ok || fn == nil {
			return true
		}
		cut := channels.Of(a.pkg).CutShutdown(fn, call)
		if cut == nil {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"shutdown": one(cut.Shutdown)},
			evidence: []Evidence{{cut.Start.Pos(), cut.Start.End(), "nothing waits for the goroutine that is started here"}},
		})
	},
}
