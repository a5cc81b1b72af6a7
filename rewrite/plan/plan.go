// Package plan turns a match into edits: it decorates the file, lets a strategy
// or a template change a private copy of the tree, prints it twice and merges
// three ways, so that nothing but the change changes.
package plan

import (
	"go/ast"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// A Plan is one fix of one match: an atomic set of edits, or the reason why
// there is none.
type Plan struct {
	Match         *match.Match
	Fix           *rules.Fix   // the alternative taken; nil where all refused
	Edits         []diffs.Edit // whole lines of the raw files, sorted
	Applicability rules.Applicability
	Because       []string // why the applicability is lower than the rule declares
	Refused       []Refusal
}

// A Refusal is the sentence of one alternative that was not taken.
type Refusal struct {
	Fix     *rules.Fix
	Because string
}

// Make plans the first alternative that does not refuse.
func Make(pkg *load.Package, m *match.Match, alternatives []match.Alternative) *Plan {
	panic("not built yet")
}

// A Strategy changes the tree of its site. Its error is the refusal: a
// sentence that the user reads.
type Strategy func(*Site) error

// A Site is the place of a rewrite: a match and a private, decorated copy of
// its file. Finish all questions about types before the first change: new
// nodes have no twin.
type Site struct {
	Match *match.Match
	Fix   *rules.Fix
	Pkg   *load.Package
	File  *dst.File
	Decl  dst.Decl // the declaration around the match
}

// Node returns the decorated twin of a node of the matched file.
func (s *Site) Node(n ast.Node) dst.Node { panic("not built yet") }

// Downgrade lowers the applicability of this plan.
func (s *Site) Downgrade(to rules.Applicability, because string) { panic("not built yet") }
