package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var appendsSharedPredicate = predicate{
	doc: "several goroutines at once make the call of append, to one slice that has room: a local one around them, or that of an object which all of them have",
	params: []parameter{
		{name: "call", doc: "the call"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if ok && sharing.Of(a.pkg).AppendsToRoom(call) {
			return yield(answer{evidence: []Evidence{{call.Pos(), call.End(), "whoever else comes here appends to the same slice"}}})
		}
		if !ok || !sharing.Of(a.pkg).AppendsShared(call) {
			return true
		}
		return yield(answer{evidence: []Evidence{{call.Pos(), call.End(), "several goroutines run this at the same time"}}})
	},
}
