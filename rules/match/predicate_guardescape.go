package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var guardEscapePredicate = predicate{
	doc: "the access copies the reference of a map or slice, under the lock that guards it and under which others write its entries, and the copy is used behind the unlock, or returned",
	params: []parameter{
		{name: "at", doc: "the variable, where it is copied"},
		{name: "guard", doc: "the lock, as this place would name it", binds: true},
		{name: "use", doc: "the use behind the unlock, or the return statement", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		shared := sharing.Of(a.pkg)
		h, ok := shared.HeaderAt(at)
		if !ok {
			return true
		}
		guard := &ast.Ident{NamePos: at.Pos(), Name: shared.GuardText(sharing.Unguarded{Access: h.Access, Guard: h.Guard})}
		what := "used here without " + guard.Name
		if h.Local == nil {
			what = "returned here to callers who do not hold " + guard.Name
		}
		return yield(answer{
			binds: map[string][]ast.Node{"guard": one(guard), "use": one(h.Use)},
			evidence: []Evidence{
				{h.Use.Pos(), h.Use.End(), what},
				{h.Write.Expr.Pos(), h.Write.Expr.End(), "an entry is written here"},
			},
		})
	},
}
