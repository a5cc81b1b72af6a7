package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var unstoppedPredicate = predicate{
	doc: "the local variable holds a Ticker that nobody stops, and its function can leave",
	params: []parameter{
		{name: "ticker", doc: "the variable"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		x, ok := a.node("ticker").(ast.Expr)
		if !ok {
			return true
		}
		f := channels.Of(a.pkg)
		exit := f.Unstopped(f.Variable(x))
		if exit == nil {
			return true
		}
		exit = wayOut(exit)
		return yield(answer{evidence: []Evidence{{exit.Pos(), exit.End(), "the function can leave here"}}})
	},
}
