package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/journal"
	"github.com/lockfix/lockfix/rewrite/write"
)

func TestAFailedWriteLeavesNothingToTakeBack(t *testing.T) {
	dir := t.TempDir()
	j := journal.At(filepath.Join(dir, "journal"))
	path := filepath.Join(dir, "a.go")
	put(t, path, "theirs")
	err := j.Write(t.Context(), []write.File{{Path: path, Before: []byte("old"), After: []byte("new")}})
	if err == nil || !strings.Contains(err.Error(), "has changed since it was read") {
		t.Errorf("got %v", err)
	}
	if _, err := j.Undo(t.Context()); !errors.Is(err, journal.ErrNothing) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAJournalNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "")
	path := filepath.Join(dir, "a.go")
	put(t, path, "old")
	j := journal.At(filepath.Join(dir, "file", "journal"))
	if err := j.Write(t.Context(), []write.File{{Path: path, Before: []byte("old"), After: []byte("new")}}); err == nil {
		t.Error("no error")
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("got %q", got)
	}
}

// Ten writes can be taken back; what is older is forgotten.
func TestOldWritesAreForgotten(t *testing.T) {
	dir := t.TempDir()
	j := journal.At(filepath.Join(dir, "journal"))
	path := filepath.Join(dir, "a.go")
	put(t, path, "0")
	for i := range byte(12) {
		f := write.File{Path: path, Before: []byte{'0' + i}, After: []byte{'0' + i + 1}}
		if err := j.Write(t.Context(), []write.File{f}); err != nil {
			t.Fatal(err)
		}
	}
	undone := 0
	for {
		_, err := j.Undo(t.Context())
		if errors.Is(err, journal.ErrNothing) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		undone++
	}
	if got, _ := os.ReadFile(path); undone != 10 || string(got) != "2" {
		t.Errorf("%d writes were taken back, to %q", undone, got)
	}
}

func TestThePlaceOfAJournal(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"repo/.git/worktrees/two", "repo/sub", "two/sub", "plain/sub"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(base, "two", ".git"), "gitdir: ../repo/.git/worktrees/two\n")
	put(t, filepath.Join(base, "plain", "go.mod"), "module m\n")
	getenv := func(name string) string { return map[string]string{"HOME": filepath.Join(base, "home")}[name] }
	place := func(dir string) string {
		got, err := journal.Place(filepath.Join(base, dir), getenv)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(base, got)
		return filepath.ToSlash(rel)
	}
	if got := place("repo/sub"); got != "repo/.git/lockfix/journal" {
		t.Error(got)
	}
	if got := place("two/sub"); got != "repo/.git/worktrees/two/lockfix/journal" {
		t.Error(got)
	}
	if got := place("plain/sub"); got != place("plain") || !strings.HasPrefix(got, "home/.cache/lockfix/journal/") {
		t.Error(got)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
