package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

var privatePredicate = predicate{
	doc: "the call takes a lock that only this one call of the function around it can reach, so that nobody ever waits for it",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "as", doc: "local: the lock is declared in the function; copy: it is part of a copy that the function was given or has made", words: []string{"local", "copy"}},
		{name: "variable", doc: "the variable that holds the lock, where it is declared", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		why, declared := a.pkg.PrivateLock(call)
		if why == facts.Local && a.word("as") == "local" || why == facts.Copied && a.word("as") == "copy" {
			return yield(answer{binds: map[string][]ast.Node{"variable": one(declared)}})
		}
		return true
	},
}
