package facts

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

func TestSummaries(t *testing.T) {
	for _, test := range []struct{ name, decls, want string }{
		{"itself", `func (s *S) F() { s.mu.Lock(); s.mu.Unlock() }`, "takes recv.mu (x.S.mu) entry always"},
		{"to read", `func (s *S) F() { s.rw.RLock(); s.rw.RUnlock() }`, "takes recv.rw (x.S.rw) read entry always"},
		{"on one path", `func (s *S) F() { if cond { s.mu.Lock(); s.mu.Unlock() } }`, "takes recv.mu (x.S.mu) entry"},
		{"behind a return", `func (s *S) F() { if cond { return }; s.mu.Lock(); s.mu.Unlock() }`, "takes recv.mu (x.S.mu) entry"},
		{"in a condition", `func (s *S) F() { if s.get() { return } }
			func (s *S) get() bool { s.mu.Lock(); defer s.mu.Unlock(); return cond }`, "takes recv.mu (x.S.mu) entry always through get"},
		{"a parameter's", `func F(a, b *S) { b.mu.Lock(); b.mu.Unlock() }`, "takes arg2.mu (x.S.mu) entry always"},
		{"by another name", `func F(a *S) { m := &a.mu; m.Lock(); m.Unlock() }`, "takes arg1.mu (x.S.mu) entry always"},
		{"a global", `var g S; func F() { g.mu.Lock(); g.mu.Unlock() }`, "takes x.g.mu (x.S.mu) entry always"},
		{"a local's", `func F() { s := new(S); s.mu.Lock(); s.mu.Unlock() }`, "takes ? (x.S.mu)"},
		{"three deep", `func F(a *S) { a.next.g() }; func (s *S) g() { s.next.h() }; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`,
			"takes arg1.next.next.mu (x.S.mu) entry always through g"},
		{"embedded", `type E struct { S }; func (e *E) F() { e.h() }; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`,
			"takes recv.S.mu (x.S.mu) entry always through h"},
		{"in a circle", `func (s *S) F() { s.g() }; func (s *S) g() { if cond { s.h() } else { s.F() } }; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`,
			"takes recv.mu (x.S.mu) entry through g"},
		{"a goroutine does", `func (s *S) F() { go s.h(); go func() { s.h() }() }; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`, ""},
		{"in the end", `func (s *S) F() { defer s.h() }; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`, "takes recv.mu (x.S.mu) entry always through h"},
		{"a literal that runs here", `func (s *S) F() { func() { s.mu.Lock(); s.mu.Unlock() }() }`, "takes recv.mu (x.S.mu) entry"},
		{"an interface", `type I interface { h() }; func F(i I) { i.h() }; type T struct{}; func (T) h() {}; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`,
			"takes ? (x.S.mu) dynamic"},
		{"a sole implementation", `type I interface { h() }; func F(i I) { i.h() }; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`,
			"takes ? (x.S.mu)"},
		{"released before", `func (s *S) F() { s.mu.Unlock(); s.h(); s.mu.Lock() }; func (s *S) h() { s.mu.Lock(); s.mu.Unlock() }`,
			"takes recv.mu (x.S.mu) | drops recv.mu (x.S.mu)"},
		{"tries", `func (s *S) F() { if s.mu.TryLock() { s.mu.Unlock() } }`, "takes recv.mu (x.S.mu) try entry always"},
		{"nothing", `func (s *S) F() { s.h() }; func (s *S) h() {}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			pkg := typed(t, `package x
import "sync"
type S struct { mu sync.Mutex; rw sync.RWMutex; next *S }
var cond bool
`+test.decls)
			if got := told(pkg.Summary(declared(pkg, "F"))); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// declared returns the function or method of a name.
func declared(pkg *Package, name string) *types.Func {
	for id, obj := range pkg.Info.Defs {
		if fn, ok := obj.(*types.Func); ok && id.Name == name {
			return fn
		}
	}
	return nil
}

// told writes a summary on one line.
func told(s *Summary) string {
	if s == nil {
		return ""
	}
	var parts []string
	for _, t := range s.Takes {
		part := "takes " + spelledRef(t.Ref)
		for _, word := range []struct {
			is   bool
			word string
		}{{t.Read, "read"}, {t.Op == TryAcquire, "try"}, {t.Entry, "entry"}, {t.Always, "always"}, {t.Dynamic, "dynamic"},
			{t.Through != "" && t.Entry, "through " + t.Through[lastDot(t.Through)+1:]}} {
			if word.is {
				part += " " + word.word
			}
		}
		parts = append(parts, part)
	}
	for _, e := range s.Effects {
		parts = append(parts, []string{"may change ", "may acquire ", "acquires ", "releases ", "drops "}[e.Does]+spelledRef(e.Ref))
	}
	return strings.Join(parts, " | ")
}

func spelledRef(r Ref) string {
	root := fmt.Sprint("arg", r.Arg)
	switch r.Arg {
	case 0:
		root = "recv"
	case Global:
		root = r.Global
	case Nowhere:
		root = "?"
	}
	return fmt.Sprintf("%s%s (%s)", root, r.Path, r.Class)
}

// typedProgram type-checks packages that import one another, each after those that
// it imports, and hands over the exports of one to the next as bytes.
func typedProgram(t *testing.T, sources ...string) []*Package {
	t.Helper()
	fset := token.NewFileSet()
	known := map[string]*types.Package{}
	exports := Imports{}
	var pkgs []*Package
	for i, source := range sources {
		file, err := parser.ParseFile(fset, fmt.Sprintf("p%d.go", i), source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		info := newInfo()
		conf := types.Config{Importer: importerOf(known, imports())}
		typ, err := conf.Check("ex/"+file.Name.Name, fset, []*ast.File{file}, info)
		if err != nil {
			t.Fatal(err)
		}
		known[typ.Path()] = typ
		pkg := &Package{
			Fset: fset, Files: []*ast.File{file}, Types: typ, Info: info, Imports: exports,
			GoVersion: func(*ast.File) string { return "go1.26" },
		}
		pkgs = append(pkgs, pkg)
		data, err := pkg.Export().Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if twice, _ := again.Encode(); !bytes.Equal(data, twice) {
			t.Errorf("the export of %s is not the same when read and written", typ.Path())
		}
		exports = Imports{}
		for _, p := range pkgs {
			exports[p.Types.Path()] = again
			if p != pkg {
				exports[p.Types.Path()] = pkg.Imports[p.Types.Path()]
			}
		}
	}
	return pkgs
}

type importFunc func(string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

func importerOf(known map[string]*types.Package, std types.Importer) types.Importer {
	return importFunc(func(path string) (*types.Package, error) {
		if pkg := known[path]; pkg != nil {
			return pkg, nil
		}
		return std.Import(path)
	})
}

func TestSummariesAcrossPackages(t *testing.T) {
	pkgs := typedProgram(t, `package a
import "sync"
type T struct { mu sync.Mutex; n int }
var G sync.Mutex
func (t *T) Get() { t.get() }
func (t *T) get() { t.mu.Lock(); t.mu.Unlock() }
func (t *T) Unlock() { t.mu.Unlock() }
func Init() { G.Lock(); G.Unlock() }
`, `package b
import "ex/a"
type U struct { T a.T }
func (u *U) Both() { u.T.Get(); a.Init() }
`, `package c
import "ex/b"
func F(u *b.U) { u.Both(); u.T.Unlock() }
`)
	got := told(pkgs[2].Summary(declared(pkgs[2], "F")))
	want := "takes arg1.T.mu (ex/a.T.mu) entry always through Both | takes ex/a.G (ex/a.G) entry always through Both | releases arg1.T.mu (ex/a.T.mu)"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !slices.Equal(exportedNames(pkgs[0]), []string{"(*ex/a.T).Get", "(*ex/a.T).Unlock", "(*ex/a.T).get", "ex/a.Init"}) {
		t.Error(exportedNames(pkgs[0]))
	}
}

func exportedNames(pkg *Package) (names []string) {
	for _, s := range pkg.Export().Funcs {
		names = append(names, s.Func)
	}
	return names
}
