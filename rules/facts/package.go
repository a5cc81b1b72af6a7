// Package facts answers questions about what a concurrent Go package does:
// which locks are held where, which calls never return, what an expression can
// do. Questions are asked of a [Package]; nobody else walks for the answer.
package facts

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/models"
	"github.com/lockfix/lockfix/rules/syntax"
)

// A Package is one typed package as the facts and the matcher see it.
// It is immutable; answers are computed when first asked and kept.
// Asking is not safe for concurrent use: one goroutine a package.
type Package struct {
	Fset  *token.FileSet
	Files []*ast.File
	Types *types.Package
	Info  *types.Info
	// GoVersion is the language version of a file, "go1.21".
	GoVersion func(*ast.File) string
	// OldTimers says that the program asks for the timers from before Go 1.23,
	// whatever its version (go.dev/doc/godebug, asynctimerchan).
	OldTimers bool
	// IllTyped says that the package, or one that it needs, does not type-check: what
	// some of its calls run is not known then.
	IllTyped bool
	// Sizes are those of the platform that the package is built for, Line the length of
	// its cache lines in bytes; nil and 0: of amd64.
	Sizes types.Sizes
	Line  int64
	// Unbuilt reports whether a file of the package that is not built here, but on
	// another platform or with other tags, may use a field or variable; nil: none.
	Unbuilt func(*types.Var) bool
	Models  *models.Set // what calls outside the package do; nil: what lockfix ships
	Imports Imports     // what other packages of the program told of their functions
	// Within reports whether the program has a package, by its import path; nil: that is
	// not known.
	Within func(path string) bool

	syntax    *syntax.Files // laid out when first walked: walk.go
	byPlace   *syntax.Names // names.go
	flows     map[ast.Node]*Flow
	lockFacts *lockFacts
	decls     map[*types.Func]*ast.FuncDecl
	callGraph *callGraph
	names         // of classes and globals: lockname.go
	effects       // of calls and expressions: effects.go
	conds     int // kept by excludingConds: 1 yes, -1 no
	modelOf   map[*types.Func]*models.Model
	kept      map[any]any // the answers of other families of facts, by their key
}
