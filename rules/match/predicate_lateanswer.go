package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var lateAnswerPredicate = predicate{
	doc: "the goroutine writes the answer of an HTTP handler, or reads the body of its request, and the handler returns without a wait for it",
	params: []parameter{
		{name: "start", doc: "the go statement"},
		{name: "use", doc: "what the goroutine uses", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		fn := a.function(a.node("start"))
		start, ok := a.node("start").(*ast.GoStmt)
		if fn == nil || !ok {
			return true
		}
		late := channels.Of(a.pkg).LateAnswer(fn, start)
		return late == nil || yield(answer{
			binds:    map[string][]ast.Node{"use": one(late.Use)},
			evidence: []Evidence{{late.Return.End() - 1, late.Return.End(), "the handler does not wait: it may have returned"}},
		})
	},
}
