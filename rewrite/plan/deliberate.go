package plan

import (
	"go/ast"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// mindTests makes a fix unsafe that could take from a test what it is about: a test
// that dies whenever it runs is kept for its death (sync's own misuse their locks and
// look at the message), and one that spins may be there to keep a processor busy.
func mindTests(s *edit.Site) {
	if !strings.HasSuffix(s.Path(), "_test.go") || s.Match.Rule.Category != "misuse" {
		return
	}
	switch {
	case s.Match.Rule.ID == "spindefault":
		s.Downgrade(rules.Unsafe, "a test may keep a processor busy on purpose")
	case s.Match.Rule.Severity == "error" && certain(s):
		s.Downgrade(rules.Unsafe, "the function never gets past this: a test may be about that")
	}
}

// certain reports whether the match is reached whenever its function runs: the
// statements before it, and its own, cannot lead elsewhere.
func certain(s *edit.Site) bool {
	at := s.Match.At
	fn := around.InnermostFunction(s.Match.Decl, at)
	if fn == nil {
		return false
	}
	for _, st := range around.BodyOf(fn).List {
		if !straight(st) {
			return false
		}
		if st.Pos() <= at.Pos() && at.End() <= st.End() {
			return true
		}
	}
	return false
}

// straight reports whether a statement goes on to the next one, if it ends.
func straight(st ast.Stmt) bool {
	switch st.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt, *ast.EmptyStmt:
		return true
	}
	return false
}
