package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var deafLoopPredicate = predicate{
	doc: "the loop has no way out, and does not hear of the end that is in reach",
	params: []parameter{
		{name: "loop", doc: "the loop"},
		{name: "signal", doc: "what tells of the end", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		loop, ok := a.node("loop").(ast.Stmt)
		fn := a.function(loop)
		if !ok || fn == nil {
			return true
		}
		d := channels.Of(a.pkg).DeafLoop(fn, loop)
		if d == nil {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"signal": one(d.Signal)},
			evidence: []Evidence{{d.Signal.Pos(), d.Signal.End(), d.Name + " tells of the end"}},
		})
	},
}
