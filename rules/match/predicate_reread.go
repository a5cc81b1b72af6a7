package match

import "go/ast"

var rereadsPredicate = predicate{
	doc: "the call takes a lock to read, itself or by what it calls, that the same function holds to read whenever the call is made, and some function takes it to write",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "lock", doc: "the lock, where the call takes several", optional: true},
		{name: "held", doc: "the first call that holds the lock then", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		for fn := a.function(call); fn != nil; fn = a.function(fn) {
			for _, again := range a.pkg.Rereads(fn) {
				if again.Call != call || !again.Must || len(again.Held) == 0 || !a.names(again.Lock) {
					continue
				}
				evidence := chainEvidence(a.pkg, again.Chain)
				if at := a.pkg.Pos(again.Writer); at.IsValid() {
					evidence = append(evidence, Evidence{at, at, "a writer that comes between waits here"})
				}
				return yield(answer{binds: map[string][]ast.Node{"held": one(again.Held[0])}, evidence: evidence})
			}
		}
		return true
	},
}
