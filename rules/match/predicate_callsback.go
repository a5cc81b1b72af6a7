package match

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

var callsBackPredicate = predicate{
	doc: "the callee calls a function that the call hands over, with a lock held that this function takes",
	params: []parameter{
		{name: "call", doc: "the call that hands it over"},
		{name: "taken", doc: "where the function takes the lock: a call in the literal, or in the body of the loop, or the argument", binds: true},
		{name: "lock", doc: "the lock, as this place would name it", binds: true},
		{name: "how", doc: "reads: both only read-lock it, and a writer may come between; if left out, one of them locks it", words: []string{"reads"}, optional: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		back, ok := a.pkg.CalledBack(call)
		if !ok || back.Rereads() != (a.word("how") == "reads") {
			return true
		}
		name := &ast.Ident{NamePos: back.Taken.Pos(), Name: back.Lock.String()}
		return yield(answer{
			binds:    map[string][]ast.Node{"taken": one(back.Taken), "lock": one(name)},
			evidence: backEvidence(a.pkg, back, name.Name),
		})
	},
}

// backEvidence shows where the lock is taken, and the call that is made with it.
func backEvidence(pkg *facts.Package, back facts.CalledBack, lock string) (all []Evidence) {
	called := "when the function is called"
	if back.Kept {
		called = "when what was kept is called"
	}
	for _, e := range []struct {
		at      facts.Position
		message string
	}{{back.Held, fmt.Sprintf("%s is held since here", lock)}, {back.Invoked, called}, {back.Writer, "a writer that comes between waits for the first, and the second for it"}} {
		if pos := pkg.Pos(e.at); pos.IsValid() {
			all = append(all, Evidence{pos, pos, e.message})
		}
	}
	return all
}
