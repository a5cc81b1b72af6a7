package load_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
)

// An edit that changes what a package declares concerns those who import it. One
// that was let go of is named; nobody may take it for a package without files,
// which has nothing to complain of.
func TestAnEditNamesWhoWasLetGo(t *testing.T) {
	dir := write(t, workspace)
	listing, err := load.List(t.Context(), load.Config{Dir: dir, Patterns: []string{"./a", "./nested/b"}, Env: append(os.Environ(), "GOWORK=", "GOFLAGS=")})
	if err != nil {
		t.Fatal(err)
	}
	prog, err := listing.Load(t.Context(), nil, &load.Visit{
		Tell: func(int, *load.Package) {},
		Look: func(_ int, pkg *load.Package) bool { return pkg.Path == "ex.com/a" },
	})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(prog.Packages, func(pkg *load.Package) bool { return pkg.Path == "ex.com/a" })
	file := prog.Packages[at].Files[0]
	_, err = prog.With(map[string][]byte{file.Path: []byte("package a\n\nfunc G() {}\n")})
	var asleep *load.AsleepError
	if !errors.As(err, &asleep) || !slices.ContainsFunc(asleep.IDs, func(id string) bool { return strings.HasPrefix(id, "ex.com/b") }) {
		t.Errorf("an edit of a, with b let go of: %v", err)
	}
	if _, err = prog.With(map[string][]byte{file.Path: append(file.Raw, "\n// No declaration changes.\n"...)}); err != nil {
		t.Errorf("an edit that importers do not see: %v", err)
	}
}

// What nothing imported, of which nobody asked what it declares, can be imported by an
// edit, whether it was let go of or not.
func TestAnEditImportsWhatNobodyDid(t *testing.T) {
	dir := write(t, "-- go.mod --\nmodule ex.com/m\n\ngo 1.22\n-- a/a.go --\npackage a\n-- b/b.go --\npackage b\n\nfunc F() int { return hidden }\n\nconst hidden = 1\n")
	for _, keeps := range []bool{true, false} {
		listing, err := load.List(t.Context(), load.Config{Dir: dir, Patterns: []string{"./..."}})
		if err != nil {
			t.Fatal(err)
		}
		prog, err := listing.Load(t.Context(), nil, &load.Visit{
			Tell: func(int, *load.Package) {},
			Look: func(_ int, pkg *load.Package) bool { return keeps || pkg.Path == "ex.com/m/a" },
		})
		if err != nil {
			t.Fatal(err)
		}
		next, err := prog.With(map[string][]byte{prog.Packages[0].Files[0].Path: []byte("package a\n\nimport \"ex.com/m/b\"\n\nvar X int = b.F()\n")})
		if err != nil {
			t.Fatal(err)
		}
		if len(next.Problems) > 0 || next.Packages[0].IllTyped {
			t.Errorf("with b kept (%t): %v", keeps, next.Problems)
		}
	}
}

// Who was let go of can be woken, and then an edit is checked with them, against what it
// declares: as if they had been kept.
func TestWhoWasLetGoWakesUp(t *testing.T) {
	dir := write(t, "-- go.mod --\nmodule ex.com/m\n\ngo 1.22\n-- a/a.go --\npackage a\n\nfunc F() int { return 1 }\n-- b/b.go --\npackage b\n\nimport \"ex.com/m/a\"\n\nvar X int = a.F()\n-- b/b_test.go --\npackage b\n\nvar y = X\n-- c/c.go --\npackage c\n\nimport \"ex.com/m/b\"\n\nvar Z int = b.X\n")
	listing, err := load.List(t.Context(), load.Config{Dir: dir, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	prog, err := listing.Load(t.Context(), nil, &load.Visit{
		Tell: func(int, *load.Package) {},
		Look: func(_ int, pkg *load.Package) bool { return pkg.Path == "ex.com/m/a" },
	})
	if err != nil {
		t.Fatal(err)
	}
	edit := map[string][]byte{prog.Packages[0].Files[0].Path: []byte("package a\n\nfunc F() string { return \"\" }\n")}
	_, err = prog.With(edit)
	var asleep *load.AsleepError
	if !errors.As(err, &asleep) {
		t.Fatalf("an edit of a, with all others let go of: %v", err)
	}
	awake, err := prog.Awake(asleep.IDs)
	if err != nil {
		t.Fatal(err)
	}
	if len(awake.Problems) > 0 || awake.Listed != prog.Listed {
		t.Errorf("awake: %v, %v for %v", awake.Problems, awake.Listed, prog.Listed)
	}
	for _, pkg := range awake.Packages {
		if pkg.Asleep || !pkg.Superseded && pkg.Path != "ex.com/m/a" && len(pkg.Info.Uses) == 0 {
			t.Errorf("%s sleeps", pkg.ID)
		}
	}
	next, err := awake.With(edit)
	if err != nil {
		t.Fatal(err)
	}
	if len(next.Problems) == 0 || !strings.HasSuffix(next.Problems[0].File, "b.go") {
		t.Errorf("b does not type-check any more, and that is all: %v", next.Problems)
	}
}
