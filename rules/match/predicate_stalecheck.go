package match

import "go/ast"

var staleCheckPredicate = predicate{
	doc: "the call takes a lock and writes there what the function has checked before, in another critical section of the lock",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock the second time"},
		{name: "first", doc: "the call that takes it the first time", binds: true},
		{name: "read", doc: "the statement that reads", binds: true},
		{name: "test", doc: "the if statement that decides on what was read", binds: true, list: true},
		{name: "guarded", doc: "what is read and written: c.m[k]", binds: true},
		{name: "write", doc: "the statement that writes", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		fn := a.function(call)
		if fn == nil {
			return true
		}
		for _, c := range a.pkg.StaleChecks(fn) {
			if ast.Node(c.Second.Call) != call {
				continue
			}
			var test []ast.Node
			if c.Test != nil {
				test = one(c.Test)
			}
			return yield(answer{binds: map[string][]ast.Node{
				"first": one(c.First.Call), "read": one(c.Read), "test": test, "guarded": one(c.Guarded), "write": one(c.Write),
			}})
		}
		return true
	},
}
