package load

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestBlankBodiesKeepsWhatImportersSee(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"a function", "func f() { g() }", "func f() {     }"},
		{"newlines stay", "func f() {\n\tg()\n}", "func f() {\n    \n}"},
		{"no body", "func f()\nfunc g() { h() }", "func f()\nfunc g() {     }"},
		{"a struct", "type T struct{ x int }", "type T struct{ x int }"},
		{"an interface", "type I interface { M() }", "type I interface { M() }"},
		{"a constraint", "func f[T interface{ ~int }]() { g() }", "func f[T interface{ ~int }]() {     }"},
		{"a struct as result", "func f() struct{ x int } { g() }", "func f() struct{ x int } {     }"},
		{"a function literal", "var f = func() { g() }", "var f = func() {     }"},
		{"a list", "var l = []int{1, 2}", "var l = []int{    }"},
		{"a list of structs", "var l = []struct{ x int }{{1}}", "var l = []struct{ x int }{   }"},
		{"a counted list", "var l = [...]int{1, 2}; var m = []int{1}", "var l = [...]int{1, 2}; var m = []int{ }"},
		{"a counted list of structs", "var l = [...]struct{ x int }{{1}}", "var l = [...]struct{ x int }{{1}}"},
		{"a counted list as a length", "type T struct { x [len([...]int{1, 2})]int }", "type T struct { x [len([...]int{1, 2})]int }"},
		{"braces in strings", "func f() { g(\"}\", `}`, '}') }; var x = \"{\"", "func f() {                  }; var x = \"{\""},
		{"braces in comments", "func f() { /* } */ // }\n}", "func f() {             \n}"},
		{"an escaped quote", `func f() { g("\"}", '\'') }`, `func f() {                }`},
		{"a comment after struct", "type T struct /* { */ { x int }", "type T struct /* { */ { x int }"},
		{"never closed", "func f() { g()", "func f() { g()"},
		{"a rune that never ends", "func f() { ' }\n}", "func f() {    \n}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := []byte(test.src)
			blankBodies(src)
			if got := string(src); got != test.want {
				t.Errorf("blanked\n%s\nto\n%s\nwant\n%s", test.src, got, test.want)
			}
		})
	}
}

var wholeStd = flag.Bool("whole-std", false, "read all of the standard library, not a part of it")

// TestBlankBodiesOfTheStandardLibrary holds each file of it, blanked, to the
// same file with its bodies taken out of the tree.
func TestBlankBodiesOfTheStandardLibrary(t *testing.T) {
	root := filepath.Join(runtime.GOROOT(), "src")
	if !*wholeStd {
		root = filepath.Join(root, "net")
	}
	saved, all := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if d.IsDir() && d.Name() == "testdata" {
			return filepath.SkipDir
		}
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		blanked := bytes.Clone(src)
		blankBodies(blanked)
		all += len(src)
		saved += len(src) - len(bytes.Join(bytes.Fields(blanked), nil))
		if want, got := declarations(t, path, src), declarations(t, path, blanked); got != want {
			t.Errorf("%s: declarations are\n%s\nwant\n%s", path, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d bytes need not be parsed", saved, all)
}

// declarations lists what an importer can see of a file: each declaration's
// name, place and type, as far as the syntax says.
func declarations(t *testing.T, path string, src []byte) string {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			return false
		case *ast.CompositeLit:
			if array, ok := n.Type.(*ast.ArrayType); ok && array.Len != nil {
				if _, ok := array.Len.(*ast.Ellipsis); ok {
					return true
				}
			}
			out.WriteString(types.ExprString(n.Type) + "\n")
			return false
		case *ast.Ident:
			out.WriteString(fset.Position(n.Pos()).String() + " " + n.Name + "\n")
		case *ast.BasicLit:
			out.WriteString(n.Value + "\n")
		}
		return true
	})
	return out.String()
}

// TestImportersSeeTheSame checks the standard library whole, and then from the
// outside, as what a program depends on. Every package scope must be the same.
func TestImportersSeeTheSame(t *testing.T) {
	patterns := []string{"net/http", "unicode", "strconv", "math", "crypto/...", "runtime", "syscall"}
	if *wholeStd {
		patterns = []string{"std"}
	}
	whole := mustLoad(t, runtime.GOROOT(), patterns...)
	dir := t.TempDir()
	var file strings.Builder
	file.WriteString("package main\n\n")
	for _, pkg := range whole.Packages {
		if !strings.Contains("/"+pkg.Path+"/", "/internal/") && !strings.HasPrefix(pkg.Path, "vendor/") {
			fmt.Fprintf(&file, "import _ %q\n", pkg.Path)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(file.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	nodes := mustLoad(t, dir, filepath.Join(dir, "main.go")).graphs[0].nodes
	compared := 0
	for _, pkg := range whole.Packages {
		n := nodes[pkg.ID]
		if n == nil || n.types == nil { // nobody has asked for it
			continue
		}
		compared++
		if got, want := scope(n.types), scope(pkg.Types); got != want {
			t.Errorf("as a dependency %s has\n%s\nwhole it has\n%s", pkg.ID, got, want)
		}
	}
	if compared < 50 {
		t.Errorf("only %d packages compared", compared)
	}
}

func mustLoad(t *testing.T, dir string, patterns ...string) *Program {
	t.Helper()
	p, err := Load(t.Context(), Config{Dir: dir, Patterns: patterns, NoTests: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range p.Problems {
		t.Error(problem)
	}
	return p
}

// scope lists what a package declares, down to fields, methods and the values of constants,
// but for functions and methods that importers cannot name; and which types implement which
// of its interfaces, for which those count.
func scope(pkg *types.Package) string {
	var out strings.Builder
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if _, ok := obj.(*types.Func); ok && !obj.Exported() {
			continue
		}
		fmt.Fprintln(&out, types.ObjectString(obj, (*types.Package).Path))
		if named, ok := obj.Type().(*types.Named); ok {
			for method := range named.Methods() {
				if !method.Exported() {
					continue
				}
				fmt.Fprintln(&out, "\t", types.ObjectString(method, (*types.Package).Path))
			}
			out.WriteString(implemented(pkg, named))
		}
		if c, ok := obj.(*types.Const); ok {
			fmt.Fprintln(&out, "\t", c.Val().ExactString())
		}
	}
	return out.String()
}

// implemented lists the interfaces of a package that a type or a pointer to it implements.
func implemented(pkg *types.Package, named *types.Named) string {
	var out strings.Builder
	for _, name := range pkg.Scope().Names() {
		typ := pkg.Scope().Lookup(name).Type()
		iface, ok := typ.Underlying().(*types.Interface)
		if ok && iface.NumMethods() > 0 && (types.Implements(named, iface) || types.Implements(types.NewPointer(named), iface)) {
			fmt.Fprintln(&out, "\t implements", name)
		}
	}
	return out.String()
}
