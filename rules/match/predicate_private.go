package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

var privatePredicate = predicate{
	doc: "the call takes a lock that only this one call of the function around it can reach, so that nobody ever waits for it",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "as", doc: "local: the lock is declared in the function; copy: it is part of a copy that the function was given or has made; method: the same, and the call is of a method that takes the lock, to change the copy", words: []string{"local", "copy", "method"}},
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
		if copied := a.pkg.CopiedLock(call); copied != nil && a.word("as") == "method" {
			return yield(answer{binds: map[string][]ast.Node{"variable": one(copied)}})
		}
		return true
	},
}
