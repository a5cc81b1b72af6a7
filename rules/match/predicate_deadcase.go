package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
	"github.com/lockfix/lockfix/rules/facts/rehearsal"
)

var deadCasePredicate = predicate{
	doc: "the case of a select receives from a channel on which nothing is sent, and that nobody closes",
	params: []parameter{
		{name: "receive", doc: "the receive"},
		{name: "case", doc: "the clause"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		nodes := a.nodes("case")
		if !ok || len(nodes) == 0 {
			return true
		}
		clause, ok := nodes[0].(*ast.CommClause)
		if !ok || !channels.Of(a.pkg).DeadCase(receive, receive.X, clause) || rehearsal.Of(a.pkg).Served(receive) {
			return true
		}
		return yield(answer{})
	},
}
