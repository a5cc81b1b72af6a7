package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var leftPipePredicate = predicate{
	doc: "the pipe that the call makes can lose one of its sides while the other waits for it",
	params: []parameter{
		{name: "call", doc: "the call of io.Pipe"},
		{name: "exit", doc: "the way out on which a side is left", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		fn := a.function(a.node("call"))
		if !ok || fn == nil {
			return true
		}
		p := channels.Of(a.pkg).LeftPipe(fn, call)
		if p == nil {
			return true
		}
		exit := wayOut(p.Exit)
		evidence := []Evidence{
			{p.Start.Pos(), p.Start.Pos(), "the goroutine writes here, and waits until all is read"},
			{exit.Pos(), exit.Pos(), "the function leaves here, and nobody reads"},
		}
		if p.Closed != nil {
			evidence = []Evidence{
				{p.Closed.Pos(), p.Closed.End(), "the goroutine closes its side here, on another way"},
				{exit.Pos(), exit.Pos(), "it ends here without: who reads waits for more"},
			}
		}
		return yield(answer{binds: map[string][]ast.Node{"exit": one(exit)}, evidence: evidence})
	},
}
