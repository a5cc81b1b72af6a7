package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var nestedLimitPredicate = predicate{
	doc: "who takes a place of a semaphore or a group with a limit here can come to take another before it is given back",
	params: []parameter{
		{name: "take", doc: "the send on the semaphore, or the call of Go"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		fn := a.function(a.node("take"))
		var nested *channels.NestedLimit
		switch take := a.node("take").(type) {
		case *ast.SendStmt:
			nested = channels.Of(a.pkg).NestedTake(fn, take)
		case *ast.CallExpr:
			if nested = channels.Of(a.pkg).NestedPost(take); nested == nil {
				nested = channels.Of(a.pkg).NestedGo(fn, take)
			}
		}
		if nested == nil {
			return true
		}
		said := []Evidence{{nested.Via.Pos(), nested.Via.End(), "who has a place comes here"}}
		if nested.Again != a.node("take") {
			said = append(said, Evidence{nested.Again.Pos(), nested.Again.End(), "and takes another"})
		}
		return yield(answer{evidence: said})
	},
}
