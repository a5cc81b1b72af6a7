package match

import (
	"go/ast"
	"go/constant"
	"go/token"
)

var noShorterPredicate = predicate{
	doc: "one constant is at least as large as another",
	params: []parameter{
		{name: "than", doc: "the other"},
		{name: "duration", doc: "the constant"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		than, ok := a.node("than").(ast.Expr)
		d, ok2 := a.node("duration").(ast.Expr)
		if !ok || !ok2 {
			return true
		}
		x, y := a.pkg.Info.Types[d].Value, a.pkg.Info.Types[than].Value
		if x == nil || y == nil || !constant.Compare(x, token.GEQ, y) {
			return true
		}
		return yield(answer{})
	},
}
