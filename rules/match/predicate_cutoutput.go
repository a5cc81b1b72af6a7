package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var cutOutputPredicate = predicate{
	doc: "the call waits for a command from the output of which a goroutine may still read, and waits for that goroutine only behind it",
	params: []parameter{
		{name: "call", doc: "the call of Wait"},
		{name: "pipe", doc: "what made the pipe", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		fn := a.function(a.node("call"))
		if !ok || fn == nil {
			return true
		}
		cut := channels.Of(a.pkg).CutOutput(fn, call)
		if cut == nil {
			return true
		}
		return yield(answer{
			binds: map[string][]ast.Node{"pipe": one(cut.Pipe)},
			evidence: []Evidence{
				{cut.Start.Pos(), cut.Start.End(), "a goroutine reads the output here"},
				{cut.Join.Pos(), cut.Join.End(), "only here it is known to have read all"},
			},
		})
	},
}
