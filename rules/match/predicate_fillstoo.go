package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var fillsTooPredicate = predicate{
	doc: "the call starts a command that fills a buffer which another running command, or the other output of the same one, fills too",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "buffer", doc: "the buffer", binds: true},
		{name: "other", doc: "what else fills it: the start of a command, or what the other output gets", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		buffer, other := sharing.Of(a.pkg).FillsTooAt(call)
		if other == nil {
			return true
		}
		name := &ast.Ident{NamePos: call.Pos(), Name: buffer.Name()}
		return yield(answer{binds: map[string][]ast.Node{"buffer": one(name), "other": one(other)}})
	},
}
