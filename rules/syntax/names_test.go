package syntax_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/lockfix/lockfix/rules/syntax"
)

// TestNamesAreThoseOfTheMaps asks for every identifier what the type checker has noted.
func TestNamesAreThoseOfTheMaps(t *testing.T) {
	for _, pkg := range []string{"sync", "go/ast", "context"} {
		fset := token.NewFileSet()
		files := parsedIn(t, fset, pkg)
		asTheMaps(t, fset, files)
	}
}

// TestNamesOfWhatDoesNotParse: the parser makes names up, some at the place of another,
// and the type checker notes what it can.
func TestNamesOfWhatDoesNotParse(t *testing.T) {
	const text = `package p
type E struct{ T; *U; p.V[int] }
type T[A any, B ~int | string] interface { T[A, B] }
func (t *T) f(x, y int, ) (a, b int) { l: for x := range y { goto l; switch z := x.(type) { case int: _ = z; case string: _ = z } }; return func( }
func g(struct{ E }, map[T]) { x. ; E{T: 1}.T.; var = 2 }
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", text, parser.SkipObjectResolution)
	if err == nil {
		t.Fatal("it parses")
	}
	asTheMaps(t, fset, []*ast.File{file})
}

func asTheMaps(t *testing.T, fset *token.FileSet, files []*ast.File) {
	t.Helper()
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.Default(), FakeImportC: true, Error: func(error) {}}
	config.Check("p", fset, files, info) // what is wrong is as good as what is right
	names, asked := syntax.NewNames(syntax.New(files), info), 0
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			asked++
			if names.Use(id) != info.Uses[id] || names.Def(id) != info.Defs[id] || names.Of(id) != info.ObjectOf(id) {
				t.Errorf("%s: %s: %v, %v, %v", fset.Position(id.Pos()), id.Name, names.Use(id), names.Def(id), names.Of(id))
			}
			stranger := &ast.Ident{NamePos: id.NamePos, Name: id.Name}
			if names.Of(stranger) != nil {
				t.Errorf("%s: %s of another tree: %v", fset.Position(id.Pos()), id.Name, names.Of(stranger))
			}
			return true
		})
	}
	if asked < 20 || names.Of(&ast.Ident{Name: "x"}) != nil || names.Use(nil) != nil {
		t.Errorf("%d names, and those of no place", asked)
	}
}
