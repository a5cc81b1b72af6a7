package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var lentPredicate = predicate{
	doc: "the function has given the object of a local variable to a goroutine, or sent it over a channel, and puts it back into its pool without having waited for who has it",
	params: []parameter{
		{name: "put", doc: "the call that puts it back"},
		{name: "var", doc: "the variable"},
		{name: "lent", doc: "the go statement or the send", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		put, ok := a.node("put").(*ast.CallExpr)
		v, ok2 := a.node("var").(ast.Expr)
		if !ok || !ok2 {
			return true
		}
		lent := sharing.Of(a.pkg).LentAt(put, v)
		if lent == nil {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"lent": one(lent)},
			evidence: []Evidence{{lent.Pos(), lent.End(), "given away here, to somebody who may still use it"}},
		})
	},
}
