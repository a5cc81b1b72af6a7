package match

import (
	"go/ast"
)

var ownRequestPredicate = predicate{
	doc: "with a lock held the call makes an HTTP request to a server of the same program, whose handler takes the lock",
	params: []parameter{
		{name: "call", doc: "the call that makes the request"},
		{name: "lock", doc: "the lock", binds: true},
		{name: "held", doc: "the call that takes it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		own, ok := a.pkg.OwnRequest(call)
		if !ok {
			return true
		}
		name := &ast.Ident{NamePos: own.Held.Pos(), Name: own.Lock.String()}
		return yield(answer{
			binds: map[string][]ast.Node{"lock": one(name), "held": one(own.Held)},
			evidence: []Evidence{
				{own.Server.Pos(), own.Server.End(), "the server is started here"},
				{own.Taken.Pos(), own.Taken.End(), "and its handler takes the lock"},
			},
		})
	},
}
