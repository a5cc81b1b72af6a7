package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var onceAgainPredicate = predicate{
	doc: "what the Do of a sync.Once runs calls the Do of the same Once",
	params: []parameter{
		{name: "do", doc: "the call of Do"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		do, ok := a.node("do").(*ast.CallExpr)
		if !ok {
			return true
		}
		step, again := channels.Of(a.pkg).OnceAgain(do)
		if again == nil {
			return true
		}
		var evidence []Evidence
		if step != do && step != again {
			evidence = append(evidence, Evidence{step.Pos(), step.End(), "it comes there by this call"})
		}
		if again != do {
			evidence = append(evidence, Evidence{again.Pos(), again.End(), "this Do waits until the first has come back"})
		}
		return yield(answer{evidence: evidence})
	},
}
