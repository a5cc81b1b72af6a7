package edit

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/source"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// An editor is a site over one file of a test, and what finds nodes in it by
// their text.
type editor struct {
	*Site
	t   *testing.T
	doc *Document
}

// edit opens src, whose last declaration is the match, without types.
func edit(t *testing.T, src string) *editor {
	t.Helper()
	fset, file := parse(t, src)
	return open1(t, fset, file, &load.Package{})
}

// editTyped is edit for a file that type-checks.
func editTyped(t *testing.T, src string) *editor {
	t.Helper()
	fset, file := parse(t, src)
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Scopes: map[ast.Node]*types.Scope{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	conf := types.Config{Importer: standard()}
	pkg, err := conf.Check("p", fset, []*ast.File{file.Syntax}, info)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return open1(t, fset, file, &load.Package{Types: pkg, Info: info})
}

// standard imports the standard library from source, each package once.
var standard = sync.OnceValue(func() types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "source", nil)
})

func parse(t *testing.T, src string) (*token.FileSet, *load.File) {
	t.Helper()
	f := source.New("/p.go", []byte(src))
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, "/p.go", f.Text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return fset, &load.File{File: f, Syntax: syntax, GoVersion: "go1.26"}
}

func open1(t *testing.T, fset *token.FileSet, file *load.File, pkg *load.Package) *editor {
	t.Helper()
	pkg.Files = []*load.File{file}
	m := &match.Match{Pkg: &facts.Package{Fset: fset, Types: pkg.Types, Info: pkg.Info}, File: file.Syntax}
	if n := len(file.Syntax.Decls); n > 0 {
		m.Decl = file.Syntax.Decls[n-1]
	}
	doc, err := new(Files).Open(pkg, m)
	if err != nil {
		t.Fatal(err)
	}
	s := doc.Site(m, match.Alternative{Fix: &rules.Fix{}, Applicability: rules.Safe})
	return &editor{Site: s, t: t, doc: doc}
}

// text returns the source of a node.
func (e *editor) text(n ast.Node) string {
	base := e.source.Syntax.FileStart
	return string(e.source.Text[n.Pos()-base : n.End()-base])
}

// stmt returns the first statement of a list whose text begins so.
func (e *editor) syntax(text string) (found ast.Stmt) {
	e.t.Helper()
	ast.Inspect(e.source.Syntax, func(n ast.Node) bool {
		st, ok := n.(ast.Stmt)
		if _, isBlock := n.(*ast.BlockStmt); ok && !isBlock && found == nil && strings.HasPrefix(e.text(st), text) {
			found = st
		}
		return found == nil
	})
	if found == nil {
		e.t.Fatalf("there is no statement %s", text)
	}
	return found
}

// expr returns the first expression with a text.
func (e *editor) expr(text string) (found ast.Expr) {
	e.t.Helper()
	ast.Inspect(e.source.Syntax, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && found == nil && e.text(x) == text {
			found = x
		}
		return found == nil
	})
	if found == nil {
		e.t.Fatalf("there is no expression %s", text)
	}
	return found
}

// result prints the site and checks the gates.
func (e *editor) result() string {
	e.t.Helper()
	if err := e.Err(); err != nil {
		e.t.Fatal(err)
	}
	text, err := printBothWays(e.doc, e.File, e.dropped)
	if err != nil {
		e.t.Fatal(err)
	}
	return string(e.source.Restore(text))
}

// want compares the result with a text.
func (e *editor) want(want string) {
	e.t.Helper()
	if got := e.result(); got != want {
		e.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A treeTest makes an edit in the body of a function.
type treeTest struct {
	name string
	body string
	edit func(e *editor)
	want string
}

// run makes the edit in every test and compares the bodies.
func run(t *testing.T, tests []treeTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := edit(t, inFunc(test.body))
			test.edit(e)
			e.want(inFunc(test.want))
		})
	}
}

// inFunc puts the lines of statements into a function. In a test they begin with
// two tabs more.
func inFunc(body string) string {
	var b strings.Builder
	b.WriteString("package p\n\nfunc f() {\n")
	for line := range strings.Lines(strings.TrimPrefix(body, "\n")) {
		line = strings.TrimPrefix(line, "\t\t")
		if strings.TrimSpace(line) == "" {
			line = "\n"
		}
		b.WriteString(line)
	}
	return strings.TrimRight(b.String(), "\n") + "\n}\n"
}

// at returns the twin of the first statement whose text begins so.
func (e *editor) at(text string) dst.Stmt {
	e.t.Helper()
	return e.Stmt(e.syntax(text))
}

// new builds the statement name().
func newCall(name string) dst.Stmt { return ExprStmt(Call(Ident(name))) }

func emptyPackage() *types.Package { return types.NewPackage("p", "p") }

// importOf builds the spec of an import.
func importOf(e *editor, pkg string) *dst.ImportSpec {
	spec := &dst.ImportSpec{Path: &dst.BasicLit{Kind: token.STRING, Value: strconv.Quote(pkg)}}
	if name, known := e.packageName(pkg); !known {
		spec.Name = Ident(name)
	}
	return spec
}
