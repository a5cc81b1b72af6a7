package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var uncancelledPredicate = predicate{
	doc: "the call returns a context, and nobody ever calls the function that cancels it, though it is dropped or kept where vet does not look",
	params: []parameter{
		{name: "call", doc: "the call"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		path := a.path(call)
		for i := len(path) - 1; i >= 0; i-- {
			st, ok := path[i].(*ast.AssignStmt)
			if !ok {
				continue
			}
			if because := channels.Of(a.pkg).Uncancelled(call, st); because != "" {
				return yield(answer{evidence: []Evidence{{st.Lhs[1].Pos(), st.Lhs[1].End(), because}}})
			}
			break
		}
		return true
	},
}
