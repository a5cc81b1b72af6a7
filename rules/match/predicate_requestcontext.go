package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var requestContextPredicate = predicate{
	doc: "the goroutine works with the context of an HTTP request, which is cancelled when the handler returns, and that does nothing more but answer",
	params: []parameter{
		{name: "start", doc: "the go statement, or the send to what works later"},
		{name: "use", doc: "the context, where the goroutine, or the queue, gets it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		fn := a.function(a.node("start"))
		if fn == nil {
			return true
		}
		var r *channels.RequestContext
		switch start := a.node("start").(type) {
		case *ast.GoStmt:
			r = channels.Of(a.pkg).RequestContext(fn, start)
		case *ast.SendStmt:
			r = channels.Of(a.pkg).QueuedContext(fn, start)
		}
		return r == nil || yield(answer{
			binds:    map[string][]ast.Node{"use": one(r.Use)},
			evidence: []Evidence{{r.Return.End() - 1, r.Return.End(), "the handler does not wait: the context is cancelled from here on"}},
		})
	},
}
