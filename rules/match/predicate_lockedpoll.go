package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var lockedPollPredicate = predicate{
	doc: "the loop asks, with a lock held, for a change that is made with that lock only",
	params: []parameter{
		{name: "loop", doc: "the loop"},
		{name: "cond", doc: "what it asks", binds: true},
		{name: "lock", doc: "the lock, as the call that took it spells it", binds: true},
		{name: "held", doc: "the call that took it", binds: true},
		{name: "write", doc: "a change that it waits for", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		loop, ok := a.node("loop").(*ast.ForStmt)
		fn := a.function(a.node("loop"))
		if !ok || fn == nil {
			return true
		}
		poll, ok := sharing.Of(a.pkg).LockedPollAt(fn, loop)
		if !ok {
			return true
		}
		taken, ok := ast.Unparen(poll.Held.Fun).(*ast.SelectorExpr)
		if !ok {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{
			"cond": one(poll.Cond), "lock": one(taken.X), "held": one(poll.Held), "write": one(poll.Write.Use),
		}})
	},
}
