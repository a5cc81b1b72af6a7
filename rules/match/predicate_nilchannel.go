package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var nilChannelPredicate = predicate{
	doc: "the operation is on a channel that is nil, and has no alternative",
	params: []parameter{
		{name: "op", doc: "the send statement, the receive, or the range"},
		{name: "chan", doc: "the channel"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		ch, ok := a.node("chan").(ast.Expr)
		if !ok {
			return true
		}
		v := channels.Of(a.pkg).NilChannel(a.node("op"), ch)
		if v == nil {
			return true
		}
		return yield(answer{evidence: []Evidence{{v.Pos(), v.Pos(), "declared here; nothing makes it"}}})
	},
}
