package load_test

import (
	"slices"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
)

// A part is what loading that part alone gives, now and after an edit.
func TestAPartIsWhatLoadWouldBe(t *testing.T) {
	dir := write(t, workspace)
	whole := mustLoad(t, dir, "./...")
	part := whole.Part(func(pkg *load.Package) bool { return pkg.Path == "ex.com/b" })
	want := []string{"ex.com/a", "ex.com/b"}
	if got := paths(part); !slices.Equal(got, want) {
		t.Fatalf("holds %q, want %q", got, want)
	}
	if part.Listed.Packages != 2 || part.Listed.Files != 2 {
		t.Errorf("counts %+v", part.Listed)
	}
	file := part.Packages[0].Files[0]
	next, err := part.With(map[string][]byte{file.Path: []byte("package a\n\nfunc G() {}\n")})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(next); !slices.Equal(got, want) {
		t.Errorf("after an edit it holds %q, want %q", got, want)
	}
	if len(next.Packages[1].Problems) == 0 || len(whole.Problems) > 0 {
		t.Errorf("the importer has %v, the whole %v", next.Packages[1].Problems, whole.Problems)
	}
}

func paths(prog *load.Program) (all []string) {
	for _, pkg := range prog.Packages {
		all = append(all, pkg.Path)
	}
	return all
}
