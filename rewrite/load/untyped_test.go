package load

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

func TestEveryExpressionOfABrokenPackageHasAType(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", `package a

type s struct{ done chan struct{} }

func (x *s) run() {
	for range undefined {
		select {
		case v := <-x.nothing:
			_ = v
		case <-x.done:
			missing(func() { <-x.more })
		}
	}
	go func() { x.what <- nope }()
	_ = gone{a: <-x.done}
}
`, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := newInfo()
	config := types.Config{Error: func(error) {}}
	if _, err := config.Check("a", fset, []*ast.File{file}, info); err == nil {
		t.Fatal("the package type-checks")
	}
	untyped := func() (all []ast.Expr) {
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok && info.TypeOf(e) == nil && types.ExprString(e) != "_" {
					all = append(all, e)
				}
				return true
			})
		}
		return all
	}
	if len(untyped()) == 0 {
		t.Fatal("the type checker leaves no expression out: the test shows nothing")
	}
	fillUntyped(info, []*ast.File{file})
	for _, e := range untyped() {
		t.Errorf("%s: %s has no type", fset.Position(e.Pos()), types.ExprString(e))
	}
}
