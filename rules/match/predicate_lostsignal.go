package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var lostSignalPredicate = predicate{
	doc: "the Wait of a Cond may sleep through what it waits for: nobody signals, or not always, or too early",
	params: []parameter{
		{name: "wait", doc: "the call of Wait"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("wait").(*ast.CallExpr)
		if !ok {
			return true
		}
		lost := channels.Of(a.pkg).LostSignal(call)
		if lost == nil {
			return true
		}
		at := lost.At
		if at == nil {
			at = call
		}
		return yield(answer{evidence: []Evidence{{at.Pos(), at.End(), lost.Because}}})
	},
}
