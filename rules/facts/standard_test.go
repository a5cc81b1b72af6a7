package facts

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStandardLibrary asks everything of every lock of the standard library:
// each question has an answer in time, twice the same one, and no lock of a
// finished library is lost but in the one place that is known to be wrong.
func TestStandardLibrary(t *testing.T) {
	paths := []string{"sync", "io", "testing"}
	if !testing.Short() {
		paths = append(paths, "net/http", "database/sql", "os", "net", "log", "internal/poll", "crypto/tls", "math/rand", "text/template", "net/rpc", "context", "bufio", "unique", "expvar")
	}
	for _, path := range paths {
		pkg := standardPackage(t, path)
		for _, line := range lostLines(pkg) {
			if path != "testing" { // makeTempDir returns with tempDirMu held where os.Stat fails
				t.Errorf("%s line %s", path, line)
			}
		}
		if first, again := everyAnswer(pkg), everyAnswer(&Package{Fset: pkg.Fset, Files: pkg.Files, Types: pkg.Types, Info: pkg.Info}); first != again {
			t.Errorf("%s: two answers:\n%s\n%s", path, first, again)
		}
	}
}

// everyAnswer prints all that is known of the locks of a package.
func everyAnswer(pkg *Package) string {
	var out strings.Builder
	for _, fn := range pkg.LockFunctions() {
		fmt.Fprintln(&out, pkg.Acquisitions(fn), pkg.Relocks(fn), pkg.BadReleases(fn))
		ast.Inspect(bodyOf(fn), func(n ast.Node) bool {
			if ret, ok := n.(*ast.ReturnStmt); ok {
				held, ok := pkg.Held(fn, ret)
				fmt.Fprintln(&out, spelled(held), ok)
			}
			_, literal := n.(*ast.FuncLit)
			return !literal
		})
	}
	return out.String()
}

func standardPackage(t testing.TB, path string) *Package {
	t.Helper()
	where, err := build.Import(path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range where.GoFiles {
		src, err := os.ReadFile(filepath.Join(where.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := newInfo()
	conf := types.Config{Importer: imports(), Error: func(error) {}, FakeImportC: true} // vendored imports are missing
	pkg, _ := conf.Check(path, fset, files, info)
	return &Package{Fset: fset, Files: files, Types: pkg, Info: info}
}
