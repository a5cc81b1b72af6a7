// Package edittest opens sites over the texts of tests.
package edittest

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"sync"
	"testing"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/source"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// A Trial is a site over one file of a test, whose last declaration is the match.
type Trial struct {
	*edit.Site
	T    *testing.T
	File *load.File // as it was
}

// Open opens src, which type-checks.
func Open(t *testing.T, src string) *Trial {
	t.Helper()
	file := &load.File{File: source.New("/p.go", []byte(src)), GoVersion: "go1.26"}
	fset := token.NewFileSet()
	var err error
	if file.Syntax, err = parser.ParseFile(fset, file.Path, file.Text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Scopes: map[ast.Node]*types.Scope{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	conf := types.Config{Importer: stdlib()}
	pkg, err := conf.Check("p", fset, []*ast.File{file.Syntax}, info)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	m := &match.Match{Pkg: &facts.Package{Fset: fset, Types: pkg, Info: info}, File: file.Syntax}
	m.Decl = file.Syntax.Decls[len(file.Syntax.Decls)-1]
	doc, err := new(edit.Files).Open(&load.Package{Types: pkg, Info: info, Files: []*load.File{file}}, m)
	if err != nil {
		t.Fatal(err)
	}
	return &Trial{doc.Site(m, match.Alternative{Fix: &rules.Fix{}, Applicability: rules.Safe}), t, file}
}

// stdlib imports the standard library from source, each package once.
var stdlib = sync.OnceValue(func() types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "source", nil)
})

// Find returns the first expression with a text.
func (e *Trial) Find(text string) (found ast.Expr) {
	e.T.Helper()
	ast.Inspect(e.Match.File, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && found == nil && types.ExprString(x) == text {
			found = x
		}
		return found == nil
	})
	if found == nil {
		e.T.Fatalf("there is no expression %s", text)
	}
	return found
}

// Result returns the file as it is changed.
func (e *Trial) Result() string {
	e.T.Helper()
	edits, err := e.Edits()
	if err != nil {
		e.T.Fatal(err)
	}
	text, err := diffs.Apply(e.File.Raw, edits)
	if err != nil {
		e.T.Fatal(err)
	}
	return string(text)
}

// Want compares the result with a text.
func (e *Trial) Want(want string) {
	e.T.Helper()
	if got := e.Result(); got != want {
		e.T.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// InFunction puts the lines of statements behind a signature. In a test they begin with
// two tabs more.
func InFunction(signature, body string) string {
	var b strings.Builder
	b.WriteString(signature + " {\n")
	for line := range strings.Lines(strings.TrimPrefix(body, "\n")) {
		line = strings.TrimPrefix(line, "\t\t")
		if strings.TrimSpace(line) == "" {
			line = "\n"
		}
		b.WriteString(line)
	}
	return strings.TrimRight(b.String(), "\n") + "\n}\n"
}
