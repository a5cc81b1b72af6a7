package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var addressEscapePredicate = predicate{
	doc: "the access takes the address of a struct under the lock that guards it and under which others write its fields, and returns it to callers who do not hold the lock",
	params: []parameter{
		{name: "at", doc: "the struct, where its address is taken"},
		{name: "guard", doc: "the lock, as this place would name it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		shared := sharing.Of(a.pkg)
		out, ok := shared.AddressEscapeAt(at)
		if !ok {
			return true
		}
		guard := &ast.Ident{NamePos: at.Pos(), Name: shared.GuardText(sharing.Unguarded{Access: out.Access, Guard: out.Guard})}
		return yield(answer{
			binds:    map[string][]ast.Node{"guard": one(guard)},
			evidence: []Evidence{{out.Write.Expr.Pos(), out.Write.Expr.End(), "a field is written here, under the lock"}},
		})
	},
}
