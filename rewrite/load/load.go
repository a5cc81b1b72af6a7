// Package load turns package patterns into typed packages, fast.
//
// The go command says which packages and files there are, and nothing more:
// its export data would have every dependency compiled first. Everything else
// comes from source. The packages that the patterns name, the roots, are
// checked whole; what they depend on is checked for its declarations only,
// with function bodies blanked out before they are even parsed, since a
// package's importers cannot see into them.
//
// A root with tests exists more than once: p, p [p.test] with its internal
// tests, and p_test [p.test]. A file is parsed once, whatever it is part of,
// and the variant p [p.test], which holds all files of p, supersedes p.
//
// What this package cannot see: what depends on C (the fields of C types, the
// results of C calls) has no type, and function bodies of dependencies are not
// checked, so that an error in one is not reported.
package load

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"sync"
	"sync/atomic"

	"github.com/lockfix/lockfix/rewrite/source"
)

// Config says what to load; the zero value loads "." with its tests for this platform.
type Config struct {
	Dir       string     // working directory; "" is the process's
	Patterns  []string   // as the go command takes them; none is "."
	OneModule bool       // "dir/..." ends where another module of the workspace begins
	NoTests   bool       // leave test variants out
	Tags      []string   // build tags
	Platforms []Platform // none: the environment's
	Env       []string   // nil: os.Environ
	Jobs      int        // parallelism; 0: GOMAXPROCS
	// Overlay holds files that are not read from disk, by their absolute path
	// without symbolic links; a nil text is a file that is not there.
	Overlay map[string][]byte
}

// A Platform is a GOOS/GOARCH pair; an empty part is the environment's.
//
// For a platform that is not the machine's the go command leaves cgo out,
// unless CGO_ENABLED=1 is in the environment: no C compiler is ever run.
type Platform struct{ GOOS, GOARCH string }

// A Program is a set of typed packages. It is immutable: With makes the next one.
//
// One package may be there in several versions, as a variant, for a platform,
// or as its importers see it. Compare objects of different packages by path
// and name, never by pointer.
type Program struct {
	Fset     *token.FileSet
	Packages []*Package // the roots, sorted by platform, then ID
	Problems []Problem  // of all packages, sorted, each once; of one package not too many
	Listed   Listed     // how much there was

	loader *loader
	graphs []*graph         // one a platform
	files  map[string]*File // of the roots, by path
	again  func(*Package, map[string][]byte) (*Package, error)
}

// Listed counts what was loaded: root packages by import path, the packages
// they depend on, and the files and lines of the roots, each counted once.
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
	// more: findings come from the variant, and Info is empty. That the package
	// type-checks without its tests is known all the same.
	Superseded bool
	Files      []*File
	// IgnoredFiles are the Go files of the directory that are part of no
	// package of this program: other platforms', or with other build tags.
	IgnoredFiles []string
	Fset         *token.FileSet
	Types        *types.Package
	Info         *types.Info
	Sizes        types.Sizes
	// Asleep says that the package was not looked at, or was forgotten: nothing is
	// known of it but its names.
	Asleep   bool
	IllTyped bool      // it, or something that it needs, does not type-check
	Cgo      bool      // a file imports "C": what depends on C has no type
	Problems []Problem // all of this package

	overlay   overlay // over the files of its directory
	oldTimers bool    // of the program, as go.mod or go.work says
	// within reports whether the program has a package; nil: that is not known.
	within func(path string) bool
}

// A File is one file of a package. It is the same *File in all packages that it is part of.
type File struct {
	*source.File
	Syntax    *ast.File // of Text; comments included, identifiers not resolved
	GoVersion string    // language version, "go1.21"
	Test      bool      // *_test.go
	// Fixed says why the file is never edited, as a word for the counts and a
	// sentence for the user; zero where it may be.
	Fixed Fixed

	problems   []Problem // what reading and parsing it said
	unreadable bool      // it could not be read, and is in no package's Files

	mu    sync.Mutex // while it is read, and let go of
	read  bool
	users atomic.Int32 // packages that are awake and hold it
	owner *node        // one of the roots that it is part of
	base  int          // of the positions that are reserved for it
	room  int          // how many bytes it may have there
	lines int
}

// Load lists and type-checks. The error is for what stops everything (no go
// command, no go.mod, a bad pattern); what is wrong with one package is a
// Problem, and the others go on.
func Load(ctx context.Context, cfg Config) (*Program, error) {
	l, err := List(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return l.Load(ctx, nil, nil)
}
