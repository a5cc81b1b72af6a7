package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var doubleCheckedPredicate = predicate{
	doc: "the access tests, without a lock, a variable that the same if statement tests again under a lock and then writes",
	params: []parameter{
		{name: "at", doc: "the variable, where it is tested first"},
		{name: "again", doc: "the variable in the test under the lock", binds: true},
		{name: "write", doc: "the variable where it is written", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		d, ok := sharing.Of(a.pkg).DoubleCheckAt(at)
		if !ok {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"again": one(d.Second.Expr), "write": one(d.Write.Expr)}})
	},
}

var checkedOncePredicate = predicate{
	doc: "the access tests, without a lock, a variable that a Once sets to which the function comes behind the test",
	params: []parameter{
		{name: "at", doc: "the variable, where it is tested"},
		{name: "write", doc: "the variable where the Once sets it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		c := sharing.Of(a.pkg).CheckedOnceAt(at)
		return c == nil || yield(answer{
			binds:    map[string][]ast.Node{"write": one(c.Write.Expr)},
			evidence: []Evidence{{c.Do.Pos(), c.Do.End(), "set by this Once, for which nobody waits who finds it set"}},
		})
	},
}

var lazySetPredicate = predicate{
	doc: "an exported method tests a field here and sets it if it is unset, without a lock, in a type that several goroutines are meant to use",
	params: []parameter{
		{name: "at", doc: "the field, where it is tested"},
		{name: "write", doc: "the field where it is set", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		l := sharing.Of(a.pkg).LazySetAt(at)
		return l == nil || yield(answer{binds: map[string][]ast.Node{"write": one(l.Write.Expr)}})
	},
}

var earlyCheckPredicate = predicate{
	doc: "an exported method tests a field here without a lock, and sets it under one if it is unset, with no second test",
	params: []parameter{
		{name: "at", doc: "the field, where it is tested"},
		{name: "write", doc: "the field where it is set", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		c := sharing.Of(a.pkg).EarlyCheckAt(at)
		return c == nil || yield(answer{binds: map[string][]ast.Node{"write": one(c.Write.Expr)}})
	},
}
