package channels_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// errgroup is what the tests know of golang.org/x/sync/errgroup.
const errgroup = `package errgroup
type Group struct{ n int }
func (g *Group) Go(f func() error) {}
func (g *Group) TryGo(f func() error) bool { return false }
func (g *Group) SetLimit(n int) {}
func (g *Group) Wait() error { return nil }
`

// An onlyErrgroup imports that package alone, and what the compiler has.
type onlyErrgroup struct{ types.Importer }

func (i onlyErrgroup) Import(path string) (*types.Package, error) {
	if path != "golang.org/x/sync/errgroup" {
		return i.Importer.Import(path)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "errgroup.go", errgroup, 0)
	if err != nil {
		return nil, err
	}
	return (&types.Config{}).Check(path, fset, []*ast.File{file}, nil)
}

// loaded is a package of one function, which has the body.
func loaded(t *testing.T, body string) (*facts.Package, *ast.File) {
	t.Helper()
	return loadedSource(t, "package p\nimport \"golang.org/x/sync/errgroup\"\nfunc f(tasks [][]func() error, list func(string) []string) error {\n"+body+"\n}\n")
}

// loadedSource is the package of one file.
func loadedSource(t *testing.T, source string) (*facts.Package, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: onlyErrgroup{importer.Default()}}
	checked, err := conf.Check("p", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatal(err)
	}
	return &facts.Package{Fset: fset, Files: []*ast.File{file}, Types: checked, Info: info}, file
}

// nestedGoes counts the calls of Go that NestedGo tells of.
func nestedGoes(t *testing.T, body string) (n int) {
	t.Helper()
	pkg, file := loaded(t, body)
	ast.PreorderStack(file, nil, func(node ast.Node, stack []ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || !strings.HasSuffix(types.ExprString(call.Fun), ".Go") {
			return true
		}
		var fn ast.Node
		for _, around := range stack {
			switch around.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				fn = around
			}
		}
		if channels.Of(pkg).NestedGo(fn, call) != nil {
			n++
		}
		return true
	})
	return n
}

func TestNestedGo(t *testing.T) {
	tests := []struct {
		name, body string
		want       int
	}{
		{"tasks that start tasks", `var g errgroup.Group
			g.SetLimit(4)
			for _, task := range tasks {
				g.Go(func() error {
					for _, part := range task {
						g.Go(part)
					}
					return nil
				})
			}
			return g.Wait()`, 1},
		{"a walk", `var g errgroup.Group
			g.SetLimit(8)
			var walk func(string)
			walk = func(dir string) {
				g.Go(func() error {
					for _, d := range list(dir) {
						walk(d)
					}
					return nil
				})
			}
			walk(".")
			return g.Wait()`, 1},
		{"no limit", `var g errgroup.Group
			g.SetLimit(-1)
			g.Go(func() error { g.Go(tasks[0][0]); return nil })
			return g.Wait()`, 0},
		{"another group", `var g, h errgroup.Group
			g.SetLimit(4)
			h.SetLimit(4)
			g.Go(func() error { h.Go(tasks[0][0]); return nil })
			h.Wait()
			return g.Wait()`, 0},
		{"a try", `var g errgroup.Group
			g.SetLimit(4)
			g.Go(func() error { g.TryGo(tasks[0][0]); return nil })
			return g.Wait()`, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := nestedGoes(t, test.body); got != test.want {
				t.Errorf("%d calls of Go are nested, want %d", got, test.want)
			}
		})
	}
}

// TestNestedGoOfField asks of a walk whose group is a field.
func TestNestedGoOfField(t *testing.T) {
	const walk = `package p
import "golang.org/x/sync/errgroup"
type scan struct { g *errgroup.Group; list func(string) []string }
func newScan(n int) *scan { var g, other errgroup.Group; s := &scan{g: &g}; LIMIT; _ = other; return s }
func (s *scan) dir(path string) error {
	for _, p := range s.list(path) {
		s.g.Go(func() error { return s.CALLED(p) })
	}
	return nil
}
func (s *scan) file(path string) error { return nil }
`
	for _, c := range []struct {
		limit, called string
		nested        bool
	}{
		{"s.g.SetLimit(n)", "dir", true},
		{"g.SetLimit(n)", "dir", true},
		{"other.SetLimit(n)", "dir", false},
		{"s.g.SetLimit(-1)", "dir", false},
		{"", "dir", false},
		{"s.g.SetLimit(n)", "file", false},
	} {
		pkg, file := loadedSource(t, strings.NewReplacer("LIMIT", c.limit, "CALLED", c.called).Replace(walk))
		nested := false
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && types.ExprString(call.Fun) == "s.g.Go" {
					nested = nested || channels.Of(pkg).NestedGo(d, call) != nil
				}
				return true
			})
		}
		if nested != c.nested {
			t.Errorf("%q, %s: nested: %v", c.limit, c.called, nested)
		}
	}
}
