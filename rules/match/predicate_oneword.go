package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var oneWordPredicate = predicate{
	doc: "several goroutines of a loop each end by the word that is received here, and it is given once",
	params: []parameter{
		{name: "receive", doc: "the receive"},
		{name: "send", doc: "the one send of the word", binds: true},
		{name: "start", doc: "what starts the goroutines", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		receive, ok := a.node("receive").(*ast.UnaryExpr)
		if !ok {
			return true
		}
		word, start := channels.Of(a.pkg).OneWord(receive)
		return word == nil || yield(answer{
			binds: map[string][]ast.Node{"send": one(word), "start": one(start)},
			evidence: []Evidence{
				{word.Pos(), word.End(), "the word is given here, once"},
				{start.Pos(), start.Pos(), startedHow(a, start)},
			},
		})
	},
}

// startedHow says where the goroutines are started that end by one word.
func startedHow(a asked, start ast.Node) string {
	if channels.Of(a.pkg).InLoop(start) {
		return "the goroutines are started here, in a loop"
	}
	return "one of the goroutines is started here, and another one beside it"
}
