package match

import (
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// A Match is one place that a rule describes. It is immutable.
type Match struct {
	Rule     *rules.Rule
	Pkg      *facts.Package
	File     *ast.File
	Decl     ast.Decl              // the top-level declaration around it
	Nodes    []ast.Node            // what the pattern or event matched: one node, or consecutive statements of one list
	At       ast.Node              // where it is reported
	Message  string                // interpolated
	Related  []Evidence            // places that the rule shows beside it
	Bound    map[string][]ast.Node // what each hole, with its "$", matched: one node, or the nodes of a list hole
	Evidence []Evidence            // of the predicates that it satisfies
	Program  *Program              // that the package was matched in; nil: it was alone
}

// Evidence is one place that the finding rests on, or that refutes a doubt.
type Evidence struct {
	Pos, End token.Pos
	Message  string
}

// A Problem is a rule that failed on a file: a bug of lockfix, or a pattern
// that has too many ways to match there. The other rules and files are not
// concerned.
type Problem struct {
	Rule    *rules.Rule
	File    *ast.File
	Pos     token.Pos // where the rule was tried
	Message string
}

// Symbol names the declaration around the match as a reader would: "Put",
// "(*T).Put", "T.Get", "defaultRegistry".
func (m *Match) Symbol() string { return symbol(m.Decl, m.At) }
