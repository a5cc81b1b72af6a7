package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockfix/lockfix/rewrite/journal"
	"github.com/lockfix/lockfix/rewrite/write"
)

// Several write at a time: each writes all of its files or says in words that
// another is at it, and every write that was made can be taken back.
func TestTwoThatWriteAtATime(t *testing.T) {
	dir := t.TempDir()
	j := journal.At(filepath.Join(dir, "journal"))
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		path := filepath.Join(dir, fmt.Sprint(i, ".go"))
		put(t, path, "old")
		wg.Go(func() {
			errs[i] = j.Write(t.Context(), []write.File{{Path: path, Before: []byte("old"), After: []byte("new")}})
		})
	}
	wg.Wait()
	written := 0
	for _, err := range errs {
		switch {
		case err == nil:
			written++
		case !strings.Contains(err.Error(), "another lockfix") && !strings.Contains(err.Error(), "still going on"):
			t.Errorf("unclear: %v", err)
		}
	}
	for range written {
		if _, err := j.Undo(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// What is left of a lockfix that was killed while it made an entry goes, once it
// is sure that nobody makes it any more.
func TestAHalfMadeEntryIsSwept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.go")
	put(t, path, "old")
	left := filepath.Join(dir, "journal", ".new-1")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(left, long, long); err != nil {
		t.Fatal(err)
	}
	if err := journal.At(filepath.Join(dir, "journal")).Write(t.Context(), []write.File{{Path: path, Before: []byte("old"), After: []byte("new")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}
