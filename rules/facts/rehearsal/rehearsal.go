// Package rehearsal runs closed programs in the abstract, to see whether their
// goroutines can come to wait for ever.
//
// # Theory
//
// Stateless model checking (Godefroid, POPL 1997; CHESS: Musuvathi et al., OSDI
// 2008): a program is run again and again, each time with other decisions about
// which goroutine goes next, and which case of a select is chosen. Goroutines
// are switched only before an operation that others can tell of. Runs that
// deviate little from the plain one come first: most bugs of concurrency need
// few unlucky moments.
//
// What the program is run on is its SSA form. A value that nothing in the
// package determines is a symbol: a condition on it is decided one way in one
// run, the same way each time it comes up; a random number may be anything, while
// of the world outside no more is believed than that its errors are nil. Time is virtual: sleepers and timers
// wake only when nobody else can go on, in the order of their times, which is
// how a program relies on them.
//
// A closed program is one that this package can see all of: a command from its
// main function, the tests of a package that has nothing but tests, or those of
// a small package. A run
// that comes to anything that is not known to keep its hands off channels, locks
// and functions is given up and says nothing.
//
// # Words
//
// A run is one course of a program from its root, a test or main. A goroutine
// is pending before its next visible operation; an operation is ready when it
// could be done. A run is over when nobody is ready and no timer is left: who is
// pending then is stuck.
//
// # What it cannot see
//
// More runs than the budget allows; programs that never come to rest; what a
// data race does; panics of the program itself, after which a run says nothing.
package rehearsal

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/lockfix/lockfix/rules/facts"
)

// Facts are what the rehearsals of one package have shown.
type Facts struct {
	found     map[token.Pos]*Stuck
	broken    map[*ssa.Function]*Stuck // the first of each root
	tested    bool                     // the package has tests, and others use it
	races     map[token.Pos]*Stuck     // by their places
	lines     map[placeIn]bool
	elsewhere map[token.Pos]*Stuck // by their other places
	raced     map[ast.Expr]*Stuck  // by who names the variable
	course    *course              // nil: others use the package
}

// A Stuck is an operation at which a goroutine waits for ever in some run.
type Stuck struct {
	Pos  token.Pos
	What string // what it waits for
	// Broken is set where the operation panics instead: what is wrong with it.
	Broken string
	Root   string // the function that was run
	// Tested is set where the root is a test of a package that others use, too.
	Tested bool
	// Hangs is set where the root itself waits for ever.
	Hangs  bool
	Others []Companion
}

// A Companion is a place that has to do with it: of another goroutine of the run.
type Companion struct {
	Pos  token.Pos
	What string
}

type key struct{}

// Of returns the facts of a package, made when first asked for.
func Of(pkg *facts.Package) *Facts {
	return pkg.Keep(key{}, func() any {
		f := newFacts()
		if !pkg.IllTyped && Closed(pkg) {
			f.rehearse(pkg)
			f.placeRaces(pkg)
		}
		return f
	}).(*Facts)
}

func newFacts() *Facts {
	return &Facts{found: map[token.Pos]*Stuck{}, broken: map[*ssa.Function]*Stuck{}, races: map[token.Pos]*Stuck{}, lines: map[placeIn]bool{}, raced: map[ast.Expr]*Stuck{}}
}

// At says how the operation at a node is stuck in some run, nil if it is in none
// that was tried.
func (f *Facts) At(n ast.Node) *Stuck {
	if len(f.found) == 0 {
		return nil
	}
	return f.found[place(n)]
}

// place returns the position that SSA gives an operation.
func place(n ast.Node) token.Pos {
	switch n := n.(type) {
	case *ast.SendStmt:
		return n.Arrow
	case *ast.UnaryExpr:
		return n.OpPos
	case *ast.RangeStmt:
		return n.For
	case *ast.CallExpr:
		return n.Lparen
	}
	return token.NoPos
}
