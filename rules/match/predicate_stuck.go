package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var stuckPredicate = predicate{
	doc: "the node waits, and whoever could end that waits himself, directly or through others, until it has ended",
	params: []parameter{
		{name: "wait", doc: "the send, the receive, the range over a channel, or the call of Wait"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at := a.node("wait")
		if call, ok := at.(*ast.CallExpr); ok && !isWaitCall(call) {
			return true
		}
		s := channels.Of(a.pkg).Stuck(at)
		if s == nil {
			return true
		}
		return yield(answer{evidence: stuckEvidence(s)})
	},
}

// isWaitCall reports whether a call may be that of a WaitGroup's Wait.
func isWaitCall(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Wait"
}

// stuckEvidence shows what would end a wait, and why that is not reached.
func stuckEvidence(s *channels.Stuck) []Evidence {
	var all []Evidence
	if s.Partner != nil {
		all = append(all, Evidence{s.Partner.Pos(), s.Partner.End(), "this would end it"})
	}
	switch {
	case s.Behind == nil:
		return all
	case s.Behind == s.Node:
		return append(all, Evidence{s.Node.Pos(), s.Node.End(), "which comes only after it, in the same goroutine"})
	case s.Partner == nil:
		return append(all, Evidence{s.Behind.Pos(), s.Behind.End(), "a goroutine that it waits for waits here, and cannot go on before"})
	}
	return append(all, Evidence{s.Behind.Pos(), s.Behind.End(), "which comes only after this, and this cannot end before"})
}
