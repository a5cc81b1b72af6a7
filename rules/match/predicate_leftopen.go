package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var leftOpenPredicate = predicate{
	doc: "the call makes an object whose goroutine ends when a method of the object closes its channel, and the function can leave without having called that",
	params: []parameter{
		{name: "call", doc: "the call of the constructor"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		fn := a.function(a.node("call"))
		if !ok || fn == nil {
			return true
		}
		left := channels.Of(a.pkg).LeftOpen(fn, call)
		if left == nil {
			return true
		}
		exit := wayOut(left.Exit)
		return yield(answer{evidence: []Evidence{
			{exit.Pos(), exit.End(), "the function can leave here without having called " + left.Name},
			{left.Start.Pos(), left.Start.Pos(), "the goroutine starts here"},
			{left.Range.Pos(), left.Range.Pos(), "and waits here until the channel is closed"},
			{left.Finish.Pos(), left.Finish.End(), "as it is on another way"},
		}})
	},
}
