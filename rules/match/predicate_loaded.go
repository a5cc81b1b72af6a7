package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var loadedPredicate = predicate{
	doc: "the map was handed out by the Load of an atomic or a sync.Map, of which another function loads too, and no lock is held",
	params: []parameter{
		{name: "map", doc: "the map"},
		{name: "load", doc: "the call that handed it out", binds: true},
		{name: "other", doc: "a call in another function that loads from the same variable", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		e, ok := a.node("map").(ast.Expr)
		if !ok {
			return true
		}
		load, other := sharing.Of(a.pkg).LoadedMap(e)
		if load == nil || other == nil {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"load": one(load), "other": one(other)}})
	},
}

var loadedFieldPredicate = predicate{
	doc: "the field written is of an object that the Load of an atomic or a sync.Map handed out, no lock is held, and somebody else meets it: another function reads the field of what it has loaded, or the pointer is stored again",
	params: []parameter{
		{name: "field", doc: "the field, with the path to it"},
		{name: "object", doc: "the object", binds: true},
		{name: "load", doc: "the call that handed it out", binds: true},
		{name: "other", doc: "the read, or the Store", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		sel, ok := a.node("field").(*ast.SelectorExpr)
		if !ok {
			return true
		}
		load, other := sharing.Of(a.pkg).LoadedField(sel)
		if load == nil || other == nil {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"object": one(sel.X), "load": one(load), "other": one(other)}})
	},
}

var loadedCounterPredicate = predicate{
	doc: "the number counted up through the pointer was handed out by the Load of an atomic or a sync.Map, no lock is held, and somebody else meets it",
	params: []parameter{
		{name: "pointer", doc: "the pointer"},
		{name: "count", doc: "the statement that counts"},
		{name: "load", doc: "the call that handed it out", binds: true},
		{name: "other", doc: "what somebody else does", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		pointer, ok := a.node("pointer").(ast.Expr)
		if !ok {
			return true
		}
		load, other := sharing.Of(a.pkg).LoadedCounter(pointer, a.node("count"))
		if load == nil || other == nil {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"load": one(load), "other": one(other)}})
	},
}
