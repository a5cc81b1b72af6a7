package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var mixedPredicate = predicate{
	doc: "the access is a plain one, while functions of sync/atomic access the variable elsewhere, at the same time maybe, and one of the two writes",
	params: []parameter{
		{name: "at", doc: "the variable, where it is accessed"},
		{name: "evidence", doc: "certain: nothing is known that may keep the two apart; weak: the object is one that the function has got from somewhere, or it is arranged before its use; if left out, either", words: []string{"certain", "weak"}, optional: true},
		{name: "atomic", doc: "the variable in one of the atomic accesses", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		other, ok := sharing.Of(a.pkg).MixedAt(at)
		if !ok {
			return true
		}
		if word := a.word("evidence"); word != "" && sharing.Of(a.pkg).MixedFar(at, other) != (word == "weak") {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"atomic": one(other.Expr)},
			evidence: []Evidence{{other.Expr.Pos(), other.Expr.End(), "accessed by sync/atomic here"}},
		})
	},
}

var readHeldPredicate = predicate{
	doc: "the access writes while the function holds, to read only, a lock under which other functions access the variable",
	params: []parameter{
		{name: "at", doc: "the variable, where it is written"},
		{name: "guard", doc: "the lock, by the name of its field or variable", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		guard, by, ok := sharing.Of(a.pkg).WrittenUnderRead(at)
		if !ok {
			return true
		}
		found := answer{binds: map[string][]ast.Node{"guard": one(&ast.Ident{NamePos: at.Pos(), Name: guard.Name()})}}
		if by != nil {
			found.evidence = []Evidence{{by.Pos(), by.End(), "called here with it held to read only"}}
		}
		return yield(found)
	},
}
