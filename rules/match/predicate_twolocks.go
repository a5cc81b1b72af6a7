package match

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var twoLocksPredicate = predicate{
	doc: "the access of a field holds one lock of its struct, one in conflict with it another, and no access of the field is made without any",
	params: []parameter{
		{name: "at", doc: "the field, where it is accessed"},
		{name: "lock", doc: "the lock that is held there", binds: true},
		{name: "other", doc: "the lock that is held at the other access", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		found, ok := sharing.Of(a.pkg).TwoLockedAt(at)
		if !ok || a.toldUnguarded(sharing.Race{At: found.Access, With: found.With}) {
			return true
		}
		what := "read"
		if found.With.Write {
			what = "written"
		}
		lock := &ast.Ident{NamePos: at.Pos(), Name: found.Lock.Name()}
		other := &ast.Ident{NamePos: at.Pos(), Name: found.Other.Name()}
		return yield(answer{
			binds:    map[string][]ast.Node{"lock": one(lock), "other": one(other)},
			evidence: []Evidence{{found.With.Expr.Pos(), found.With.Expr.End(), fmt.Sprintf("%s here with %s held", what, found.Other.Name())}},
		})
	},
}
