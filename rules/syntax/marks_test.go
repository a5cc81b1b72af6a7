package syntax_test

import (
	"go/ast"
	"go/token"
	"testing"

	"github.com/lockfix/lockfix/rules/syntax"
)

// TestMarks marks every third identifier of a package and asks for all.
func TestMarks(t *testing.T) {
	fset := token.NewFileSet()
	files := parsedIn(t, fset, "go/ast")
	marks := syntax.NewMarks(syntax.NewNames(syntax.New(files), nil))
	each := func(visit func(n int, id *ast.Ident)) {
		n := 0
		for _, file := range files {
			ast.Inspect(file, func(node ast.Node) bool {
				if id, ok := node.(*ast.Ident); ok {
					visit(n, id)
					n++
				}
				return true
			})
		}
	}
	each(func(n int, id *ast.Ident) {
		if n%3 == 0 {
			marks.Add(id.Pos())
		}
	})
	each(func(n int, id *ast.Ident) {
		if got, want := marks.Has(id.Pos()), n%3 == 0; got != want {
			t.Errorf("%s: %t, want %t", fset.Position(id.Pos()), got, want)
		}
	})
	marks.Add(token.NoPos)
	if marks.Has(token.NoPos) || marks.Has(token.Pos(1<<30)) {
		t.Error("a place in no file is marked")
	}
}
