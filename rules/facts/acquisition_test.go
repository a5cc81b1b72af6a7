package facts

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestLostLocks holds the losses found in testdata/locks to the comments there.
func TestLostLocks(t *testing.T) {
	files, err := filepath.Glob("testdata/locks/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pkg := typed(t, string(src))
			got, want := lostLines(pkg), wantedLines(pkg)
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("%s:%s: not expected", file, line)
				}
			}
			for _, line := range want {
				if !slices.Contains(got, line) {
					t.Errorf("%s:%s: not found", file, line)
				}
			}
		})
	}
}

// TestCorrectShapes asks for losses in the correct programs of fixtures/facts.
func TestCorrectShapes(t *testing.T) {
	archive, err := txtar.ParseFile("../../fixtures/facts/shapes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, file := range archive.Files {
		if strings.HasSuffix(file.Name, ".go") {
			sources = append(sources, string(file.Data))
		}
	}
	pkg := typed(t, sources...)
	for _, line := range lostLines(pkg) {
		t.Errorf("line %s: in a correct program", line)
	}
}

// lostLines returns "line: lost" or "line: lost again" for every loss.
func lostLines(pkg *Package) []string {
	var lines []string
	for _, fn := range functions(pkg) {
		for _, a := range pkg.Acquisitions(fn) {
			for _, loss := range a.Lost {
				what := "lost"
				if loss.Relock != nil {
					what = "lost again"
				}
				lines = append(lines, fmt.Sprintf("%d: %s", pkg.Fset.Position(token.Pos(wayPos(loss.At))).Line, what))
			}
		}
	}
	return lines
}

func wantedLines(pkg *Package) []string {
	var lines []string
	for _, group := range pkg.Files[0].Comments {
		if group.Pos() < pkg.Files[0].Package {
			continue
		}
		for _, c := range group.List {
			if what := strings.TrimSpace(strings.TrimPrefix(c.Text, "//")); strings.HasPrefix(what, "lost") {
				lines = append(lines, fmt.Sprintf("%d: %s", pkg.Fset.Position(c.Pos()).Line, what))
			}
		}
	}
	return lines
}

// functions returns every function of a package, literals too.
func functions(pkg *Package) []ast.Node {
	var fns []ast.Node
	for _, file := range pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				fns = append(fns, n)
			}
			return true
		})
	}
	return fns
}
