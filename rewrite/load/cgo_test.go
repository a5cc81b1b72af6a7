package load_test

import (
	"go/ast"
	"go/types"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
)

func TestEveryExpressionOfACgoPackageHasAType(t *testing.T) {
	t.Setenv("CGO_ENABLED", "1")
	dir := write(t, `
-- go.mod --
module example.com/m

go 1.24
-- a.go --
package m

// #include <stdlib.h>
import "C"
import "unsafe"

type handle struct{ of *_Ctype_struct_device }

func New(n int) []byte { return (*[1 << 20]byte)(unsafe.Pointer(C.calloc(C.size_t(n), 1)))[:n:n] }
`)
	prog, err := load.Load(t.Context(), load.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	pkg := prog.Packages[0]
	if len(prog.Problems) > 0 {
		t.Error(prog.Problems)
	}
	for _, decl := range pkg.Files[0].Syntax.Decls[2:] {
		ast.Inspect(decl, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && pkg.Info.TypeOf(e) == nil {
				t.Errorf("%s has no type", types.ExprString(e))
			}
			return true
		})
	}
}
