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
					"first":  phrase(call, elementName(pair, edge.FromRef)),
					"second": phrase(call, elementName(pair, edge.ToRef)),
					"how":    phrase(call, howElements(pair)),
				},
				evidence: edgeEvidence(edge, "", true),
			})
		}
		return true
	},
}

func howElements(pair *order.ElementPair) string {
	switch {
	case pair.Ring:
		return "so on all around the ring"
	case pair.Peers:
		return "the peer may do the same"
	}
	return "vice versa if they are exchanged"
}

// elementName is what a reader knows an element by: its key, or the field that leads
// to it.
func elementName(pair *order.ElementPair, ref order.Ref) string {
	switch {
	case pair.Peers && ref.Beside:
		return "a peer"
	case pair.Peers:
		return "the object itself"
	}
	if ref.Key.Text != "" {
		return ref.Key.Text
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(ref.Path, "."), ".")
	return name
}
