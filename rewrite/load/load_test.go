package load_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lockfix/lockfix/rewrite/load"
)

// write makes a directory of the files of an archive.
func write(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// offline is an environment that downloads nothing and inherits no workspace.
func offline(more ...string) []string {
	env := append(os.Environ(), "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS=", "GOWORK=", "CGO_ENABLED=0")
	return append(env, more...)
}

// mustLoad loads patterns in dir.
func mustLoad(t *testing.T, dir string, patterns ...string) *load.Program {
	t.Helper()
	return mustLoadConfig(t, load.Config{Dir: dir, Patterns: patterns})
}

func mustLoadConfig(t *testing.T, cfg load.Config) *load.Program {
	t.Helper()
	if cfg.Env == nil {
		cfg.Env = offline()
	}
	p, err := load.Load(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// summary lists the packages of a program and their files, a line each.
func summary(p *load.Program, dir string) string {
	var out strings.Builder
	for _, pkg := range p.Packages {
		fmt.Fprint(&out, pkg.ID)
		for _, word := range []struct {
			holds bool
			word  string
		}{{pkg.Variant, "variant"}, {pkg.Superseded, "superseded"}, {pkg.IllTyped, "ill-typed"}, {pkg.Cgo, "cgo"}} {
			if word.holds {
				fmt.Fprint(&out, " ", word.word)
			}
		}
		fmt.Fprint(&out, ":")
		for _, f := range pkg.Files {
			fmt.Fprint(&out, " ", relative(dir, f.Path))
			if f.Fixed.Kind != "" {
				fmt.Fprintf(&out, "(%s)", f.Fixed.Kind)
			}
		}
		fmt.Fprintln(&out)
	}
	return out.String()
}

// problems lists the problems of a program, a line each.
func problems(p *load.Program, dir string) string {
	var out strings.Builder
	for _, q := range p.Problems {
		message := strings.ReplaceAll(q.Message, dir, "DIR")
		fmt.Fprintf(&out, "%s:%d:%d: %s: %s: %s\n", relative(dir, q.File), q.Line, q.Column, q.Package, q.Kind, message)
	}
	return out.String()
}

func relative(dir, path string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(rel) {
		return path
	}
	return filepath.ToSlash(rel)
}

func wantSummary(t *testing.T, p *load.Program, dir, want string) {
	t.Helper()
	if got := summary(p, dir); got != strings.TrimLeft(want, "\n") {
		t.Errorf("packages are\n%swant%s", got, want)
	}
}

func wantProblems(t *testing.T, p *load.Program, dir, want string) {
	t.Helper()
	if got := problems(p, dir); got != strings.TrimLeft(want, "\n") {
		t.Errorf("problems are\n%swant%s", got, want)
	}
}

// find returns the package with an ID.
func find(t *testing.T, p *load.Program, id string) *load.Package {
	t.Helper()
	i := slices.IndexFunc(p.Packages, func(pkg *load.Package) bool { return pkg.ID == id })
	if i < 0 {
		t.Fatalf("there is no package %q", id)
	}
	return p.Packages[i]
}

const ordinary = `
-- go.mod --
module ex.com/m

go 1.22
-- a/a.go --
package a

import "sync"

var mu sync.Mutex

func F() int { mu.Lock(); defer mu.Unlock(); return 1 }
-- b/b.go --
package b

import "ex.com/m/a"

func G() int { return a.F() }
`

func TestAModuleIsLoadedWhole(t *testing.T) {
	dir := write(t, ordinary)
	p := mustLoad(t, dir, "./...")
	wantProblems(t, p, dir, "")
	wantSummary(t, p, dir, `
ex.com/m/a: a/a.go
ex.com/m/b: b/b.go
`)
	if got := p.Listed; got.Packages != 2 || got.Files != 2 || got.Lines != 12 || got.Dependencies == 0 {
		t.Errorf("listed %+v", got)
	}
	a := find(t, p, "ex.com/m/a")
	if a.Module != "ex.com/m" || a.Name != "a" || a.Dir != filepath.Join(dir, "a") || a.Files[0].GoVersion != "go1.22" {
		t.Errorf("package is %+v", a)
	}
	if call := len(a.Info.Selections); call != 2 {
		t.Errorf("%d selections in a function's body, want 2", call)
	}
	facts := a.Facts()
	if facts.Types != a.Types || len(facts.Files) != 1 || facts.GoVersion(facts.Files[0]) != "go1.22" {
		t.Errorf("facts are of another package")
	}
}

func TestWithoutPatternsTheDirectoryIsLoaded(t *testing.T) {
	dir := write(t, ordinary)
	p := mustLoad(t, filepath.Join(dir, "b"))
	wantSummary(t, p, dir, "ex.com/m/b: b/b.go\n")
}

func TestARelativeDirectoryWillDo(t *testing.T) {
	dir := write(t, ordinary)
	t.Chdir(dir)
	wantSummary(t, mustLoad(t, "a"), dir, "ex.com/m/a: a/a.go\n")
}

func TestPatternsThatNameFiles(t *testing.T) {
	dir := write(t, ordinary)
	for pattern, want := range map[string]string{
		"file=a/a.go":  "ex.com/m/a: a/a.go\n",
		"./a/a.go":     "command-line-arguments: a/a.go\n",
		"ex.com/m/...": "ex.com/m/a: a/a.go\nex.com/m/b: b/b.go\n",
		"file=" + filepath.Join(dir, "b", "b.go"): "ex.com/m/b: b/b.go\n",
	} {
		t.Run(pattern, func(t *testing.T) {
			p := mustLoad(t, dir, pattern)
			wantSummary(t, p, dir, want)
			wantProblems(t, p, dir, "")
		})
	}
}

func TestTestVariantsSupersedeTheirPackage(t *testing.T) {
	dir := write(t, `
-- go.mod --
module ex.com/m

go 1.22
-- a/a.go --
package a

func F() int { return 1 }
-- a/in_test.go --
package a

func helper() int { return F() }
-- a/out_test.go --
package a_test

import (
	"ex.com/m/a"
	"ex.com/m/b"
)

func use(b.T) int { return a.F() + b.G() }
-- b/b.go --
package b

import "ex.com/m/a"

type T struct{}

func G() int { return a.F() }
-- c/out_test.go --
package c_test

import "ex.com/m/a"

var x int = a.F()
`)
	p := mustLoad(t, dir, "./...")
	wantProblems(t, p, dir, "")
	wantSummary(t, p, dir, `
ex.com/m/a superseded: a/a.go
ex.com/m/a [ex.com/m/a.test] variant: a/a.go a/in_test.go
ex.com/m/a_test [ex.com/m/a.test] variant: a/out_test.go
ex.com/m/b: b/b.go
ex.com/m/c_test [ex.com/m/c.test] variant: c/out_test.go
`)
	plain, variant := find(t, p, "ex.com/m/a"), find(t, p, "ex.com/m/a [ex.com/m/a.test]")
	if plain.Files[0] != variant.Files[0] {
		t.Errorf("one file was parsed twice")
	}
	if plain.Path != "ex.com/m/a" || variant.Path != "ex.com/m/a" {
		t.Errorf("paths are %s and %s", plain.Path, variant.Path)
	}
	if len(plain.Info.Uses) > 0 && plain.Types.Scope().Lookup("F") == nil {
		t.Errorf("the superseded package has no types")
	}
	if !variant.Files[1].Test || variant.Files[0].Test {
		t.Errorf("wrong files count as tests")
	}

	p = mustLoadConfig(t, load.Config{Dir: dir, Patterns: []string{"./..."}, NoTests: true})
	wantSummary(t, p, dir, `
ex.com/m/a: a/a.go
ex.com/m/b: b/b.go
`)
}

func TestTheStandardLibraryLoads(t *testing.T) {
	patterns := []string{"sync/...", "runtime/cgo", "net", "os/user", "crypto/tls"} // with cgo, vendored imports, assembly
	p := mustLoadConfig(t, load.Config{Dir: t.TempDir(), Patterns: patterns, Env: offline("CGO_ENABLED=1")})
	wantProblems(t, p, runtime.GOROOT(), "")
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			if f.Fixed.Kind != "goroot" {
				t.Errorf("%s may be edited", f.Path)
			}
		}
	}
	t.Logf("%+v", p.Listed)
}
