package match

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var otherTypePredicate = predicate{
	doc: "the call stores into an atomic.Value a value of another type than a call before it, or nil",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "type", doc: "the type of its value, as a name", binds: true},
		{name: "other", doc: "the call before", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		this, other, ok := sharing.Of(a.pkg).OtherType(call)
		if !ok {
			return true
		}
		name := &ast.Ident{NamePos: call.Pos(), Name: "nil"}
		var evidence []Evidence
		if this.Type != nil {
			here := types.RelativeTo(a.pkg.Types)
			name.Name = types.TypeString(this.Type, here)
			evidence = []Evidence{{other.Call.Pos(), other.Call.End(), "a " + types.TypeString(other.Type, here) + " is stored here"}}
		}
		return yield(answer{binds: map[string][]ast.Node{"type": one(name), "other": one(other.Call)}, evidence: evidence})
	},
}
