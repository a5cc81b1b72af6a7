package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var pooledResultPredicate = predicate{
	doc: "the call gives an object back to its pool, before or when the function ends, which returns what is in it",
	params: []parameter{
		{name: "put", doc: "the call that puts it back"},
		{name: "var", doc: "the object", binds: true},
		{name: "return", doc: "the return statement", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		put, ok := a.node("put").(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, r := range sharing.Of(a.pkg).PooledResults(put) {
			more := yield(answer{
				binds:    map[string][]ast.Node{"var": one(r.Var), "return": one(r.Return)},
				evidence: []Evidence{{put.Pos(), put.End(), "given back here"}},
			})
			if !more {
				return false
			}
		}
		return true
	},
}
