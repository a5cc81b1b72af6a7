package match

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
	"github.com/lockfix/lockfix/rules/facts/waits"
)

var heldAcrossPredicate = predicate{
	doc: "the node waits, with a lock held that its function has taken, for somebody who takes that lock before acting",
	params: []parameter{
		{name: "wait", doc: "the send, the receive, the range over a channel, or the call"},
		{name: "lock", doc: "the lock, as the call that took it spells it", binds: true},
		{name: "held", doc: "the call that took it", binds: true},
		{name: "partner", doc: "what the wait is for", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at := a.node("wait")
		fn := a.function(at)
		if fn == nil {
			return true
		}
		for _, held := range waits.Of(a.pkg).Across(fn) {
			taken, ok := ast.Unparen(held.By.Fun).(*ast.SelectorExpr)
			if held.Wait != at || !ok {
				continue
			}
			return yield(answer{
				binds:    map[string][]ast.Node{"lock": one(taken.X), "held": one(held.By), "partner": one(held.Partner)},
				evidence: needEvidence(held),
			})
		}
		send, ok := at.(*ast.SendStmt)
		if !ok {
			return true
		}
		l := channels.Of(a.pkg).Leaver(fn, send)
		return l == nil || yield(answer{
			binds:    map[string][]ast.Node{"lock": one(l.Lock), "held": one(l.Held), "partner": one(l.Ends)},
			evidence: []Evidence{{l.Needs.Pos(), l.Needs.End(), "who leaves, and so receives no more, needs the lock first"}},
		})
	},
}

// needEvidence shows where the partner of a wait takes the lock.
func needEvidence(held waits.Held) []Evidence {
	var all []Evidence
	if held.Inside != nil {
		all = append(all, Evidence{held.Inside.Pos(), held.Inside.End(), "it waits here"})
	}
	message := "needs the lock first"
	if held.Through != "" {
		message = fmt.Sprintf("needs the lock first, in %s", held.Through)
	}
	return append(all, Evidence{held.Needs.Pos(), held.Needs.End(), message})
}
