package match

import (
	"fmt"
	"go/ast"
	"path/filepath"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var racesCalledPredicate = predicate{
	doc: "a function of another package of the program is called that reads or writes what another goroutine uses at the same time: no lock is held by both, and nothing puts them in order",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "other", doc: "the other call, or access", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		race, ok := sharing.Of(a.pkg).ForeignRaceAt(call)
		if !ok {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"other": one(race.With.Expr)},
			evidence: calledEvidence(call, race),
		})
	},
}

// calledEvidence says what both sides do, and where.
func calledEvidence(call *ast.CallExpr, race sharing.Race) []Evidence {
	own := Evidence{call.Pos(), call.End(), "it " + conductText(race.At)}
	with := race.With
	switch {
	case race.At == with:
		own.Message += ", and several goroutines call it at the same time"
		return []Evidence{own}
	case with.Touched() != nil:
		return []Evidence{own, {with.CallOf().Pos(), with.CallOf().End(), "called here, maybe at the same time, it " + conductText(with)}}
	}
	return []Evidence{own, {with.Expr.Pos(), with.Expr.End(), doneText(with) + " here, maybe at the same time"}}
}

// conductText says what a function of another package does: writes n (counter.go:12).
func conductText(a *sharing.Access) string {
	t := a.Touched()
	verb := "reads"
	if t.Write {
		verb = "writes"
	}
	what := a.Var.Name()
	if t.Content && !t.Object {
		what = "entries of " + what
	}
	return fmt.Sprintf("%s %s, in %s (%s:%d)", verb, what, t.By, filepath.Base(t.At.File), t.At.Line)
}

func doneText(a *sharing.Access) string {
	if a.Write {
		return "written"
	}
	return "read"
}
