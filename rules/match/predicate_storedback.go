package match

import (
	"go/ast"
)

var storedBackPredicate = predicate{
	doc: "with a lock held the call runs a function or object that a struct keeps, and one that it was given takes the lock",
	params: []parameter{
		{name: "call", doc: "the call that is made with the lock held"},
		{name: "lock", doc: "the lock", binds: true},
		{name: "held", doc: "the call that takes it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		back, ok := a.pkg.StoredBack(call)
		if !ok {
			return true
		}
		name := &ast.Ident{NamePos: back.Held.Pos(), Name: back.Lock.String()}
		var evidence []Evidence
		if back.Inside != nil {
			evidence = append(evidence, Evidence{back.Inside.Pos(), back.Inside.End(), "the call is made here"})
		}
		evidence = append(evidence, Evidence{back.Stored.Pos(), back.Stored.End(), "what it may run is put there"})
		if back.Taken != back.Stored {
			evidence = append(evidence, Evidence{back.Taken.Pos(), back.Taken.End(), "and takes the lock here"})
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"lock": one(name), "held": one(back.Held)},
			evidence: evidence,
		})
	},
}
