package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var addRereadPredicate = predicate{
	doc: "the call adds to an atomic without a look at the result, and its function takes for its own what it reads there afterwards",
	params: []parameter{
		{name: "add", doc: "the call that adds"},
		{name: "read", doc: "the read", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		add, ok := a.node("add").(*ast.CallExpr)
		if !ok {
			return true
		}
		read := sharing.Of(a.pkg).AddReread(add)
		return read == nil || yield(answer{binds: map[string][]ast.Node{"read": one(read)}})
	},
}
