package match

import (
	"go/ast"
	"strings"

	"github.com/lockfix/lockfix/rules/facts/order"
)

var elementsPredicate = predicate{
	doc: "the call takes the lock of an element while that of another one of the same collection is held, and nothing orders the two",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "first", doc: "the key of the element whose lock is held", binds: true},
		{name: "second", doc: "the key of the element whose lock is taken", binds: true},
		{name: "how", doc: "a clause that says how two goroutines come to wait for each other", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, pair := range a.order().Elements {
			edge := pair.Edge
			if edge.Pos != call.Pos() || edge.End != call.End() {
				continue
			}
			return yield(answer{
				binds: map[string][]ast.Node{
					"first":  phrase(call, elementName(edge.FromRef)),
					"second": phrase(call, elementName(edge.ToRef)),
					"how":    phrase(call, howElements(pair)),
				},
				evidence: edgeEvidence(edge, "", true),
			})
		}
		return true
	},
}

func howElements(pair *order.ElementPair) string {
	if pair.Ring {
		return "so on all around the ring"
	}
	return "vice versa if they are exchanged"
}

// elementName is what a reader knows an element by: its key, or the field that leads
// to it.
func elementName(ref order.Ref) string {
	if ref.Key.Text != "" {
		return ref.Key.Text
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(ref.Path, "."), ".")
	return name
}
