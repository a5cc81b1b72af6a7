package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var nilChannelPredicate = predicate{
	doc: "the operation is on a channel that is nil, or is where an option is left out, and has no alternative",
	params: []parameter{
		{name: "op", doc: "the send statement, the receive, or the range"},
		{name: "chan", doc: "the channel"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		ch, ok := a.node("chan").(ast.Expr)
		if !ok {
			return true
		}
		if v := channels.Of(a.pkg).NilChannel(a.node("op"), ch); v != nil {
			return yield(answer{evidence: []Evidence{{v.Pos(), v.Pos(), "declared here; nothing makes it"}}})
		}
		if set := channels.Of(a.pkg).OptionalChannel(a.node("op"), ch); set != nil {
			return yield(answer{evidence: []Evidence{{set.Pos(), set.End(), "given by this option only, which the caller may leave out"}}})
		}
		return true
	},
}
