// Package load turns package patterns into typed packages, fast: metadata from
// the go command, everything else from source, dependencies with their
// declarations only.
package load

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/source"
)

// Config says what to load; the zero value loads "." with its tests for this platform.
type Config struct {
	Dir       string     // working directory; "" is the process's
	Patterns  []string   // as the go command takes them; none is "."
	NoTests   bool       // leave test variants out
	Tags      []string   // build tags
	Platforms []Platform // none: the environment's
	Env       []string   // nil: os.Environ
	Jobs      int        // parallelism; 0: GOMAXPROCS
}

// A Platform is a GOOS/GOARCH pair; an empty part is the environment's.
type Platform struct{ GOOS, GOARCH string }

// A Program is a set of typed packages. It is immutable: With makes the next one.
type Program struct {
	Fset     *token.FileSet
	Packages []*Package // the roots, sorted by platform, then ID
	Problems []Problem  // of all packages, and of the listing itself
	Listed   Listed     // how much there was
}

// Listed counts what was loaded.
type Listed struct{ Packages, Dependencies, Files, Lines int }

// A Package is one root package as it was type-checked.
type Package struct {
	ID       string // as go list prints it, "p [p.test]"
	Path     string // import path, without the variant
	Name     string
	Dir      string
	Module   string // module path; "" for the standard library
	Platform Platform
	Variant  bool // a test variant: p [p.test] or p_test [p.test]
	// Superseded reports that a variant holds every file of this package and
	// more: it is type-checked, but findings come from the variant.
	Superseded bool
	Files      []*File
	Types      *types.Package
	Info       *types.Info
	IllTyped   bool // it, or something that it needs, does not type-check
	Problems   []Problem
}

// A File is one file of a package.
type File struct {
	*source.File
	Syntax    *ast.File
	GoVersion string // language version, "go1.21"
	Test      bool   // *_test.go
	// Fixed says why the file is never edited, as a word for the counts and a
	// sentence for the user; zero where it may be.
	Fixed Fixed
}

// Fixed is the reason why a file is never edited.
type Fixed struct {
	Kind    string // "", generated, cgo, vendored, goroot, modcache, outside, linedirective, unparsed
	Because string
}

// A Problem is something that could not be loaded.
type Problem struct {
	File         string // absolute, or "" where no file is to blame
	Line, Column int
	Package      string
	Message      string // what is wrong, and what to do
}

// Load lists and type-checks. The error is for what stops everything (no go
// command, no go.mod, a bad pattern); what is wrong with one package is a
// Problem, and the others go on.
func Load(ctx context.Context, cfg Config) (*Program, error) { panic("not built yet") }

// With returns the program in which files (absolute path → new bytes) have new
// contents: their packages, all variants and platforms of them, and every root
// that depends on one are parsed and type-checked again; the rest is shared.
func (p *Program) With(files map[string][]byte) (*Program, error) { panic("not built yet") }
