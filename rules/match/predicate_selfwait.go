package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var selfWaitPredicate = predicate{
	doc: "here a goroutine comes to wait for what only it would do",
	params: []parameter{
		{name: "at", doc: "the send, receive or call"},
		{name: "wait", doc: "the operation that waits", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		s := channels.Of(a.pkg).SelfWait(a.node("at"))
		if s == nil {
			return true
		}
		var evidence []Evidence
		if s.Wait != s.At {
			evidence = append(evidence, Evidence{s.Wait.Pos(), s.Wait.End(), "it waits here"})
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"wait": one(s.Wait)},
			evidence: append(evidence, Evidence{s.By.Pos(), s.By.Pos(), "only this, in the same goroutine, would end that"}),
		})
	},
}
