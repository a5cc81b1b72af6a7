package match

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts/rehearsal"
	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/facts/waits"
)

var rehearsedPredicate = predicate{
	doc: "some run of the closed program that the package is ends with a goroutine that waits at the node for ever, or panics there, or has a data race",
	params: []parameter{
		{name: "at", doc: "the send, the receive, the range over a channel, or the call"},
		{name: "how", words: []string{"stuck", "tested", "broken", "raced"}, doc: "stuck: it waits; tested: it does so in a test of a package that others use; broken: it panics; raced: another goroutine uses the variable"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		if a.word("how") == "raced" {
			at := a.node("at").(ast.Expr)
			s := rehearsal.Of(a.pkg).RaceAt(at)
			return s == nil || a.toldOfRace(at) || a.onlyToFail(at) || yield(answer{evidence: rehearsedEvidence(s)})
		}
		s := rehearsal.Of(a.pkg).At(a.node("at"))
		if s == nil || a.word("how") != howRehearsed(s) {
			return true
		}
		if s.Broken == "" && a.toldOfLock(s) {
			return true
		}
		return yield(answer{evidence: rehearsedEvidence(s)})
	},
}

// howRehearsed is the word for how an operation ends.
func howRehearsed(s *rehearsal.Stuck) string {
	switch {
	case s.Broken != "":
		return "broken"
	case s.Tested && !s.Hangs:
		return "tested"
	}
	return "stuck"
}

// toldOfLock reports whether those who wait in a run are the two of which lockacrosswait
// tells: one with a lock held, and one for that lock.
func (q *query) toldOfLock(s *rehearsal.Stuck) bool {
	lines := map[token.Position]bool{q.lineOf(s.Pos): true}
	for _, o := range s.Others {
		lines[q.lineOf(o.Pos)] = true
	}
	return len(lines) > 1 && waits.Of(q.pkg).Meet(func(n ast.Node) bool { return lines[q.lineOf(n.Pos())] })
}

// toldOfRace reports whether a rule that needs no run tells of the race at an expression:
// it may know a fix.
func (q *query) toldOfRace(at ast.Expr) bool {
	shared := sharing.Of(q.pkg)
	if race, ok := shared.RaceAt(at); ok && (localRace(race) || !race.Weak) {
		return true
	}
	found, ok := shared.UnguardedAt(at)
	return ok && (found.Content && !found.Object || shared.Certain(found))
}

// onlyToFail reports whether an expression is an argument of what tells that a test fails,
// under a condition: who reads it there has found something wrong already.
//
//	if atomic.LoadInt32(&calls) != 1 {
//		t.Errorf("want 1, got %d", calls)
//	}
func (q *query) onlyToFail(at ast.Expr) bool {
	fails := false
	for _, around := range slices.Backward(q.path(at)) {
		switch n := around.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return false
		case *ast.IfStmt:
			if fails && n.Cond.End() <= at.Pos() {
				return true
			}
		case *ast.CallExpr:
			fn, ok := q.pkg.Callee(n).(*types.Func)
			fails = fails || ok && fn.Pkg() != nil && fn.Pkg().Path() == "testing" && failing[fn.Name()]
		}
	}
	return false
}

// failing are the methods of a test that say that it has failed.
var failing = map[string]bool{"Error": true, "Errorf": true, "Fatal": true, "Fatalf": true}

// lineOf returns the line of a place, whatever the column.
func (q *query) lineOf(pos token.Pos) token.Position {
	at := q.pkg.Fset.Position(pos)
	return token.Position{Filename: at.Filename, Line: at.Line}
}

// rehearsedEvidence shows what happens at the node, and where the others are.
func rehearsedEvidence(s *rehearsal.Stuck) []Evidence {
	what := s.What
	if s.Broken != "" {
		what = s.Broken
	}
	all := []Evidence{{s.Pos, s.Pos + 1, "in a run of " + s.Root + ": " + what}}
	for _, o := range s.Others {
		all = append(all, Evidence{o.Pos, o.Pos + 1, o.What})
	}
	return all
}
