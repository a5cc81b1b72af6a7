package facts

import (
	"go/ast"
	"testing"
)

// The cost of what is asked of a package of the usual kind first of all: what its
// functions do to locks.
func BenchmarkLocks(b *testing.B) {
	pkg := standardPackage(b, "net/http")
	for b.Loop() {
		fresh := &Package{Fset: pkg.Fset, Files: pkg.Files, Types: pkg.Types, Info: pkg.Info}
		for _, file := range fresh.Files {
			for _, decl := range file.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
					fresh.BadReleases(fn)
				}
			}
		}
	}
}
