// Package channels answers what becomes of channels and WaitGroups: where one
// is made, which goroutine does what with it, and whether a goroutine that waits
// for it can be left waiting for ever.
//
// # Theory
//
// One small set of primitives at a time, after GCatch (Liu et al., ASPLOS 2021):
// a channel or WaitGroup that a local variable holds is followed through the
// function that makes it, the literals in it, and the functions of the package
// that get it as an argument. Each operation on it then belongs to a thread: the
// goroutine of the function that makes it (the home thread), or one that a go
// statement in reach starts. A goroutine waits for ever where its partner can
// take a path that ends without the operation that it waits for.
//
// Paths are searched with the conditions that they depend on: a path on which
// one condition must be true and false is none (property simulation, Das et al.,
// PLDI 2002, with local variables only).
//
// # What it cannot see
//
// Channels that are handed to code outside the package, or kept in a variable that
// is set twice: of those nothing is said, and of those in fields, maps and slices
// only what holds for every instance. Nor is it known how
// often two loops run: who starts goroutines in one loop and serves them in
// another is believed to count right, unless he leaves the second early.
package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// Facts answers the questions of this package about one package.
type Facts struct {
	pkg         *facts.Package
	traces      map[*types.Var]*Trace
	stacks      map[*types.Var][]mention
	written     map[ast.Node]map[*types.Var]bool // by function: what literals in it set
	conds       map[ast.Node]map[string]int      // by function: how often a condition decides
	compared    map[ast.Node]map[*types.Var]bool // by function: what conditions compare with integers
	calls       map[ast.Node][]*ast.CallExpr     // by function, made when first asked for
	roomy       map[types.Object]bool            // made when first asked for
	waitBodies  map[*ast.FuncDecl]bool           // kept by waitsWithin
	waitGroups  *groups                          // made when first asked for
	stucks      map[ast.Node]*Stuck              // made when first asked for
	streams     map[*ast.FuncDecl][]streamMade   // made when first asked for
	selfWaits   map[ast.Node]*SelfWait           // made when first asked for
	overwrites  map[types.Type]bool              // of variables that are assigned; made when first asked for
	nestedPosts map[*ast.CallExpr]*NestedLimit   // made with selfWaits
	condKept    map[*types.Var]*condClass        // made when first asked for
	kept        map[*types.Var]*Class            // made when first asked for
	aliases     map[*types.Var]*Class            // of local variables, made with kept; nil: of several
	holders     map[*types.Var]*Class            // local slices of the channels of a class
	commands    map[ast.Node]bool                // made when first asked for
	exits       map[*ast.FuncDecl]bool           // made when first asked, by endsByExit
	changed     map[ast.Node]map[*types.Var]bool // of each function, by changedStructs
	semaphores  map[types.Object]*semaphore      // made when first asked for
	closers     map[*ast.FuncDecl][]sureClose    // what functions close for sure; made when first asked for
	named       map[types.Object]int             // how often each function is named; made when first asked for
}

type key struct{}

// Of returns the facts of a package, made when first asked for.
func Of(pkg *facts.Package) *Facts {
	return pkg.Keep(key{}, func() any {
		return &Facts{
			pkg:      pkg,
			traces:   map[*types.Var]*Trace{},
			stacks:   map[*types.Var][]mention{},
			written:  map[ast.Node]map[*types.Var]bool{},
			conds:    map[ast.Node]map[string]int{},
			compared: map[ast.Node]map[*types.Var]bool{},
		}
	}).(*Facts)
}

// Variable returns the variable that an expression names, nil if it is no
// plain name of one.
func (f *Facts) Variable(x ast.Expr) *types.Var {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.pkg.ObjectOf(id).(*types.Var)
	return v
}
