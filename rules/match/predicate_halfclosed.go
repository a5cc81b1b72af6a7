package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var halfClosedPredicate = predicate{
	doc: "who makes the channel that this receives from, and alone closes it, can leave without, when others have got hold of it",
	params: []parameter{
		{name: "receive", doc: "the receive, which has no alternative"},
		{name: "make", doc: "the call that makes the channel", binds: true},
		{name: "exit", doc: "the way out without a close", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		if !ok {
			return true
		}
		half := channels.Of(a.pkg).HalfClosed(receive, receive.X)
		if half == nil || half.Ran && a.searches("desertedreceive") && channels.Of(a.pkg).Unended(a.function(receive), receive, receive.X) != nil {
			return true // the same mistake
		}
		exit, leaver := wayOut(half.Exit), "who makes the channel"
		if half.Ran {
			leaver = "the goroutine"
		}
		return yield(answer{
			binds: map[string][]ast.Node{"make": one(half.Make), "exit": one(exit)},
			evidence: []Evidence{
				{half.Close.Pos(), half.Close.End(), "closed here, on another way"},
				{exit.Pos(), exit.Pos(), leaver + " can leave here without"},
			},
		})
	},
}
