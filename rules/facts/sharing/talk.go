package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// talks reports whether a goroutine of a test calls the code under test, or
// another module: what it does there may be what the test waits for.
func (f *Facts) talks(goroutine *function) bool {
	if goroutine == nil {
		return false
	}
	found := false
	ast.Inspect(goroutine.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		fn, ok := f.pkg.Callee(call).(*types.Func)
		found = ok && !f.ofTests(fn)
		return !found
	})
	return found
}

// ofTests reports whether a function is one of the standard library, or of the
// tests themselves.
func (f *Facts) ofTests(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return true
	}
	if fn.Pkg() == f.pkg.Types {
		return strings.HasSuffix(f.pkg.Fset.Position(fn.Pos()).Filename, "_test.go")
	}
	first, _, _ := strings.Cut(fn.Pkg().Path(), "/")
	return !strings.Contains(first, ".")
}
