// Package pattern matches Go syntax with holes.
//
// A pattern is Go source, an expression (or type), a list of statements or one
// declaration, in which some parts are holes:
//
//	$x    one expression, type, statement, field, label or name
//	$*xs  zero or more of them in a list: arguments, operands of an assignment,
//	      results, statements, fields, elements; or one thing that may be absent
//	      (a type, an init statement, an else)
//	$_    one thing, not remembered; $*_ a list, not remembered
//
// A hole that stands twice must match the same thing both times (see [Same]).
// Everything else matches by structure: comments, positions, layout and
// redundant parentheses do not count; literals match by value.
//
// # Statements
//
// A list of statements matches a run of consecutive statements in one list (of
// a block, a case or a communication clause); $*xs between two statements is a
// gap of any length. A gap at the start of the pattern reaches back to the start
// of the list, one at the end reaches to its end. A hole that stands alone as a
// statement is one statement of any kind. "else { $*xs }" matches an else of any
// kind, and none; a clause "case $*cs:" without a body is zero or more clauses of
// any kind, default among them.
//
// # Declarations
//
// "var $x = $v", "type $T struct{ … }" and the like match one specification,
// grouped or not, at package level or in a function. A function matches
// whatever its type parameters are, if the pattern has none, and whatever its
// body is, if the pattern has none. A struct field matches whatever its tag is,
// if the pattern has none.
//
// # Names
//
// A name that is no hole matches the same name. Where types are at hand, a
// predeclared name (nil, len, string) matches only the predeclared thing, and
// "q.Name" with an exported Name matches Name of the package that q names (see
// [Names]), however the file imports it; a variable q is meant only if the
// standard library has no package q.
//
// # What it cannot see
//
// Commutativity, equivalent statements (x++ and x += 1), constants behind names.
// A call f(xs...) matches f($*args) only if the hole is $*_ or is written $*args... .
package pattern

import (
	"go/ast"
	"go/token"
)

// A Pattern is Go syntax with holes. It is immutable and safe for concurrent use.
type Pattern struct {
	source string
	kind   Kind
	nodes  []ast.Node  // one expression or declaration, or statements
	tok    token.Token // of a specification: var, const, type, import
	holes  map[*ast.Ident]Hole
	list   []Hole
	anchor Anchor
}

// Kind says what a pattern is.
type Kind int

const (
	Expr  Kind = iota // an expression or a type
	Stmts             // one statement or more
	Decl              // a function, a specification or a declaration with parentheses
)

// A Hole is a metavariable of a pattern.
type Hole struct {
	Name string // with its "$": "$x"; "$_" where nothing is remembered
	List bool   // written $*x
}

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.source }

// Kind says what the pattern is.
func (p *Pattern) Kind() Kind { return p.kind }

// Holes returns the holes that a match binds, in the order of their first use.
func (p *Pattern) Holes() []Hole { return p.list }

// Forgets reports whether the pattern has a hole that is not remembered, $_ or $*_.
func (p *Pattern) Forgets() bool {
	for _, hole := range p.holes {
		if hole.Name == "$_" {
			return true
		}
	}
	return false
}

// Syntax returns the syntax of the pattern, an expression, a declaration or
// statements, in which holes are identifiers (see [Pattern.HoleOf]). It must
// not be changed.
func (p *Pattern) Syntax() []ast.Node { return p.nodes }

// HoleOf returns the hole that a node of the pattern's syntax is: an
// identifier, or one that stands alone as a statement, field or clause.
func (p *Pattern) HoleOf(n ast.Node) (Hole, bool) { return p.holeOf(n) }

// Anchor says where a match of the pattern can begin.
func (p *Pattern) Anchor() Anchor { return p.anchor }

// Len returns how many statements a pattern of kind Stmts lists, gaps included.
func (p *Pattern) Len() int { return len(p.nodes) }
