package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var requestContextPredicate = predicate{
	doc: "the goroutine works with the context of an HTTP request, which is cancelled when the handler returns, and that does nothing more but answer",
	params: []parameter{
		{name: "start", doc: "the go statement"},
		{name: "use", doc: "the context, where the goroutine gets it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		start, ok := a.node("start").(*ast.GoStmt)
		fn := a.function(a.node("start"))
		if !ok || fn == nil {
			return true
		}
		r := channels.Of(a.pkg).RequestContext(fn, start)
		return r == nil || yield(answer{
			binds:    map[string][]ast.Node{"use": one(r.Use)},
			evidence: []Evidence{{r.Return.End() - 1, r.Return.End(), "the handler does not wait: the context is cancelled from here on"}},
		})
	},
}
