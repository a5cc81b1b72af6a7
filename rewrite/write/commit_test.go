package write

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// The second rename fails; the first file gets its old text back.
func TestAFailingRenameIsTakenBack(t *testing.T) {
	dir, all := twoPrepared(t)
	if err := os.Remove(all[1].temporary); err != nil {
		t.Fatal(err)
	}
	err := commit(all)
	failures, ok := errors.AsType[*Failures](err)
	if !ok || len(failures.Of) != 1 || failures.Of[0].Path != all[1].Path || len(failures.Changed) > 0 {
		t.Fatalf("got error %v", err)
	}
	for _, name := range []string{"a.go", "b.go"} {
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != "old" {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

// A file that someone writes between the phases is theirs, and so is the one
// that was renamed before it and then written again: it is not taken back, and
// the error says so.
func TestWhatCannotBeTakenBackIsNamed(t *testing.T) {
	dir, all := twoPrepared(t)
	failures := &Failures{}
	for _, p := range all {
		if err := os.WriteFile(p.target, []byte("theirs"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := commit(all); err == nil {
		t.Error("a file of someone else was overwritten")
	}
	takeBack(all[:1], failures)
	if len(failures.Changed) != 1 || failures.Changed[0] != all[0].Path {
		t.Errorf("got %v", failures)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "a.go")); string(got) != "theirs" {
		t.Errorf("a.go holds %q", got)
	}
}

func twoPrepared(t *testing.T) (dir string, all []*prepared) {
	dir = t.TempDir()
	for _, name := range []string{"a.go", "b.go"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
		p, err := prepare(File{Path: path, Before: []byte("old"), After: []byte("new")})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return dir, all
}
