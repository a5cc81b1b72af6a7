package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var sentPredicate = predicate{
	doc: "the write is to an object that the function has sent over a channel before, without a wait in between, and a receiver uses what is written",
	params: []parameter{
		{name: "at", doc: "the expression that is written"},
		{name: "send", doc: "the send", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		s, ok := sharing.Of(a.pkg).SentAt(at)
		if !ok {
			return true
		}
		return yield(answer{
			binds: map[string][]ast.Node{"send": one(s.Send)},
			evidence: []Evidence{
				{s.Send.Pos(), s.Send.End(), "sent here"},
				{s.With.Expr.Pos(), s.With.Expr.End(), "used by who receives it"},
			},
		})
	},
}
