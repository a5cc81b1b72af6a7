package match

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var unguardedPredicate = predicate{
	doc: "the access holds no lock, or only another one, while most other accesses of the variable, in more than one function, hold one and the same, or a comment names it as the guard; another goroutine can be at work, and one of the two writes",
	params: []parameter{
		{name: "at", doc: "the variable, where it is accessed"},
		{name: "of", doc: "map: what is in a map; variable: the variable itself; if left out, either", words: []string{"map", "variable"}, optional: true},
		{name: "evidence", doc: "certain: nothing is known that may excuse the access; weak: something may, but more than one function writes the variable in use; if left out, either", words: []string{"certain", "weak"}, optional: true},
		{name: "guard", doc: "the lock, as this place would name it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		shared := sharing.Of(a.pkg)
		found, ok := shared.UnguardedAt(at)
		if !ok {
			return true
		}
		ofMap := found.Content && !found.Object
		if of := a.word("of"); of != "" && ofMap != (of == "map") {
			return true
		}
		if word := a.word("evidence"); word != "" && word != evidenceOf(shared, found, ofMap) {
			return true
		}
		guard := &ast.Ident{NamePos: at.Pos(), Name: shared.GuardText(found)}
		return yield(answer{
			binds:    map[string][]ast.Node{"guard": one(guard)},
			evidence: guardEvidence(found, guard.Name),
		})
	},
}

// evidenceOf says how sure an access without its guard is, "" where there is nothing to say: what
// is set once, under the lock, needs none to be read.
func evidenceOf(shared *sharing.Facts, found sharing.Unguarded, ofMap bool) string {
	switch {
	case ofMap && shared.CertainOfMap(found), !ofMap && shared.Certain(found):
		return "certain"
	case ofMap, shared.Changing(found):
		return "weak"
	}
	return ""
}

// guardEvidence shows the access that this one conflicts with, and another that
// holds the guard.
func guardEvidence(found sharing.Unguarded, guard string) []Evidence {
	what := "read"
	if found.With.Write {
		what = "written"
	}
	g := found.Guard
	basis := fmt.Sprintf("%s with %s held, as in %d of %d accesses", what, guard, len(g.Holding), g.All)
	if g.Declared {
		basis = fmt.Sprintf("%s with %s held, which a comment names as the guard", what, guard)
	}
	if found.Gone {
		basis = fmt.Sprintf("set to nil with %s held, when the object ends", guard)
	}
	all := []Evidence{{found.With.Expr.Pos(), found.With.Expr.End(), basis}}
	if found.From != nil && found.Call != nil {
		all = append(all, Evidence{found.Call.Pos(), found.Call.End(), fmt.Sprintf("called here, behind the unlock of %s", guard)})
	}
	if found.From != nil {
		return append(all, Evidence{found.From.Expr.Pos(), found.From.Expr.End(), fmt.Sprintf("looked up here with %s held", guard)})
	}
	if found.Call != nil {
		return append(all, Evidence{found.Call.Pos(), found.Call.End(), fmt.Sprintf("called here without %s", guard)})
	}
	for _, other := range g.Holding {
		if other.Func != found.With.Func {
			return append(all, Evidence{other.Expr.Pos(), other.Expr.End(), "held here too"})
		}
	}
	return all
}
