// Package match finds the places that a rule library describes, in one indexed
// pass over a package.
package match

import (
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// A Set is a compiled rule library. It is immutable and safe for concurrent use.
type Set struct{}

// Compile turns rules into a Set. All mistakes (bad patterns, unknown
// predicates, holes that nothing binds …) are returned together.
func Compile(library []*rules.Rule) (*Set, []rules.Mistake) { panic("not built yet") }

// Find returns the matches of every rule in the package, sorted by position,
// then rule id.
func (s *Set) Find(pkg *facts.Package) []*Match { panic("not built yet") }

// A Match is one place that a rule describes. It is immutable.
type Match struct {
	Rule     *rules.Rule
	Pkg      *facts.Package
	File     *ast.File
	Decl     ast.Decl   // the top-level declaration around it
	Nodes    []ast.Node // what the pattern or event matched: one node, or consecutive statements of one list
	At       ast.Node   // where it is reported
	Message  string     // interpolated
	Bound    Bindings
	Evidence []Evidence
}

// Bindings maps a hole, with its "$", to what it matched: one node, or the
// nodes of a list hole.
type Bindings map[string][]ast.Node

// Evidence is one place that the finding rests on, or that refutes a doubt.
type Evidence struct {
	Pos, End token.Pos
	Message  string
}

// An Alternative is a fix whose conditions hold for one match.
type Alternative struct {
	Fix           *rules.Fix
	Applicability rules.Applicability // after the downgrades
	Because       []string            // of each downgrade that applied
}

// Alternatives returns the fixes of the match's rule whose When holds, in the
// rule's order.
func (s *Set) Alternatives(m *Match) []Alternative { panic("not built yet") }
