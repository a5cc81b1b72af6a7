package match

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var racesPredicate = predicate{
	doc: "the access writes a variable, or a field of one, while a goroutine that the same function starts uses it too: no lock is held by both, and no channel, WaitGroup or group puts them in order",
	params: []parameter{
		{name: "at", doc: "the variable, where it is accessed"},
		{name: "of", doc: "local: a captured variable, or what its map holds; field: a field of one, a variable of the package, and what other functions access that it calls; tests: a variable of the package that tests in parallel access", words: []string{"local", "field", "tests"}},
		{name: "evidence", doc: "certain: both accesses are in plain view of what starts the goroutine; weak: a good deal has to be believed for them to meet; if left out, either", words: []string{"certain", "weak"}, optional: true},
		{name: "other", doc: "the other access", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		race, ok := sharing.Of(a.pkg).RaceAt(at)
		if !ok || raceOf(race) != a.word("of") || a.toldUnguarded(race) {
			return true
		}
		weak := race.Weak
		if a.word("of") == "local" {
			weak = race.Chosen // what is far away is not reported of one function
		}
		if word := a.word("evidence"); word != "" && weak != (word == "weak") {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"other": one(race.With.Expr)},
			evidence: raceEvidence(race),
		})
	},
}

// toldUnguarded reports whether another rule that is searched for tells of a race as an access
// that lacks the guard of its variable, or holds it to read only.
func (a asked) toldUnguarded(race sharing.Race) bool {
	if a.searches("readlockwrite") && sharing.Of(a.pkg).ToldUnderRead(race) {
		return true
	}
	content, ok := sharing.Of(a.pkg).ToldUnguarded(race)
	if content {
		return ok && a.searches("unguardedmap")
	}
	return ok && a.searches("unguardedfield")
}

// raceOf returns what a race is about, as a rule names it.
func raceOf(race sharing.Race) string {
	switch {
	case race.Tests:
		return "tests"
	case localRace(race):
		return "local"
	}
	return "field"
}

// localRace reports whether a race is about a captured variable, by accesses
// that all stand in one function.
func localRace(race sharing.Race) bool {
	return !race.Called && !race.At.Var.IsField() && race.At.Var.Kind() != types.PackageVar
}

// raceEvidence shows the other access, or that several goroutines make this one.
func raceEvidence(race sharing.Race) []Evidence {
	if race.At == race.With && !race.Tests {
		return []Evidence{{race.At.Expr.Pos(), race.At.Expr.End(), "several goroutines run this at the same time"}}
	}
	what := "read"
	if race.With.Write {
		what = "written"
	}
	return []Evidence{{race.With.Expr.Pos(), race.With.Expr.End(), fmt.Sprintf("%s here, maybe at the same time", what)}}
}
