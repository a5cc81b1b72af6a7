package edit

import (
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/source"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// The cost of planning in a long file: decorating it, which is done once, and an
// attempt, which each alternative makes.
func BenchmarkPlan(b *testing.B) {
	path := filepath.Join(build.Default.GOROOT, "src", "net", "http", "server.go")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	fset, f := token.NewFileSet(), source.New(path, text)
	syntax, err := parser.ParseFile(fset, path, f.Text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		b.Fatal(err)
	}
	file := &load.File{File: f, Syntax: syntax}
	pkg := &load.Package{Files: []*load.File{file}}
	m := &match.Match{Pkg: &facts.Package{Fset: fset}, File: syntax, Decl: syntax.Decls[len(syntax.Decls)-1]}
	b.Run("decorate", func(b *testing.B) {
		for b.Loop() {
			if _, err := new(Files).Open(pkg, m); err != nil {
				b.Fatal(err)
			}
		}
	})
	doc, err := new(Files).Open(pkg, m)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("attempt", func(b *testing.B) {
		for b.Loop() {
			if _, err := doc.print(doc.Site(m, match.Alternative{}).File, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
