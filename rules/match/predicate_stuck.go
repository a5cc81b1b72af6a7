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
		f := channels.Of(a.pkg)
		if s := f.Stuck(at); s != nil {
			return yield(answer{evidence: stuckEvidence(s)})
		}
		evidence := a.cloggedEvidence(at)
		return evidence == nil || yield(answer{evidence: evidence})
	},
}

// cloggedEvidence shows how a send in a loop comes to wait for what is behind the
// loop, or a Wait for goroutines that nobody ends before.
func (q *query) cloggedEvidence(at ast.Node) []Evidence {
	f := channels.Of(q.pkg)
	switch at := at.(type) {
	case *ast.SendStmt:
		if out := f.HandedOut(q.function(at), at); out != nil {
			return []Evidence{{out.Pos(), out.End(), "nobody else has the channel before it is handed out here"}}
		}
		c := f.Clogged(q.function(at), at)
		if c == nil {
			return nil
		}
		return []Evidence{
			{c.Receive.Pos(), c.Receive.Pos(), "who receives takes one value, and hands it on before the next"},
			{c.HandOn.Pos(), c.HandOn.End(), "handed on here: with enough values each of the goroutines waits here"},
			{c.Taken.Pos(), c.Taken.Pos(), "taken here, when all has been sent"},
		}
	case *ast.CallExpr:
		w := f.RangeWait(q.function(at), at)
		if w == nil {
			return q.cancelEvidence(at)
		}
		if _, sends := w.Range.(*ast.SendStmt); sends {
			return []Evidence{
				{w.Range.Pos(), w.Range.End(), "a goroutine that it waits for can be here"},
				{w.Close.Pos(), w.Close.Pos(), "received here, when the Wait has ended"},
			}
		}
		said := []Evidence{{w.Range.Pos(), w.Range.Pos(), "a goroutine that it waits for ends only when this channel is closed"}}
		if w.Close != nil {
			said = append(said, Evidence{w.Close.Pos(), w.Close.End(), "closed here, when the Wait has ended"})
		}
		return said
	}
	return nil
}

// cancelEvidence shows how a Wait waits for goroutines that are told to end behind it.
func (q *query) cancelEvidence(wait *ast.CallExpr) []Evidence {
	if w := channels.Of(q.pkg).WordBehind(q.function(wait), wait); w != nil {
		return []Evidence{
			{w.Range.Pos(), w.Range.End(), "a goroutine that it waits for ends only by the word that it gets here"},
			{w.Close.Pos(), w.Close.End(), "which is given here, when the Wait has ended"},
		}
	}
	c := channels.Of(q.pkg).CancelBehind(q.function(wait), wait)
	if c == nil {
		return nil
	}
	return []Evidence{
		{c.Hears.Pos(), c.Hears.Pos(), "a goroutine that it waits for ends only when the context does"},
		{c.Cancel.Pos(), c.Cancel.End(), "deferred here: it runs when the Wait has ended"},
	}
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
