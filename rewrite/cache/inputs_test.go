package cache_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lockfix/lockfix/rewrite/cache"
)

func goFiles(name string) bool { return strings.HasSuffix(name, ".go") }

// A change is one that a user makes between two runs, and whether a run could
// tell a difference.
type change struct {
	name    string
	make    func(dir string) error
	matters bool
}

var changes = []change{
	{"nothing", func(string) error { return nil }, false},
	{"a file is edited", func(dir string) error { return write(dir, "a.go", "package b") }, true},
	{"a file is edited, and as long as it was", func(dir string) error { return write(dir, "a.go", "package c") }, true},
	{"a file is written as it was", func(dir string) error { return write(dir, "a.go", "package a") }, false},
	{"a file is new", func(dir string) error { return write(dir, "b.go", "package a") }, true},
	{"a file is gone", func(dir string) error { return os.Remove(filepath.Join(dir, "a.go")) }, true},
	{"a folder is new", func(dir string) error { return os.Mkdir(filepath.Join(dir, "sub"), 0o777) }, true},
	{"the folder is gone", os.RemoveAll, true},
	{"another file is edited", func(dir string) error { return write(dir, "notes.txt", "other notes") }, false},
	{"a file is renamed", func(dir string) error {
		return os.Rename(filepath.Join(dir, "a.go"), filepath.Join(dir, "z.go"))
	}, true},
	{"a file has become a folder", func(dir string) error {
		if err := os.Remove(filepath.Join(dir, "notes.txt")); err != nil {
			return err
		}
		return os.Mkdir(filepath.Join(dir, "notes.txt"), 0o777)
	}, true},
}

func write(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666)
}

func TestUnchanged(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t)
			in, ok := cache.Snapshot([]string{dir}, goFiles, time.Now().Add(time.Minute), nil)
			if !ok {
				t.Fatal("no snapshot")
			}
			if err := c.make(dir); err != nil {
				t.Fatal(err)
			}
			if got := in.Unchanged(goFiles); got == c.matters {
				t.Errorf("unchanged: %v", got)
			}
		})
	}
}

// Two writes within one tick of the file system's clock leave the same time.
func TestAWriteThatTheTimeDoesNotShow(t *testing.T) {
	dir := folder(t)
	path := filepath.Join(dir, "a.go")
	at := time.Now()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	in, ok := cache.Snapshot([]string{dir}, goFiles, at.Add(time.Millisecond), nil)
	if !ok {
		t.Fatal("no snapshot")
	}
	if err := write(dir, "a.go", "package z"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	if in.Unchanged(goFiles) {
		t.Error("the write was not seen")
	}
}

func TestAFileThatChangesMeanwhileGivesNoSnapshot(t *testing.T) {
	dir := folder(t)
	if _, ok := cache.Snapshot([]string{dir}, goFiles, time.Now().Add(-time.Minute), nil); ok {
		t.Error("the file is newer than what was computed from it")
	}
}

func TestAFolderThatAppears(t *testing.T) {
	dir := filepath.Join(folder(t), "later")
	in, ok := cache.Snapshot([]string{dir}, goFiles, time.Now(), nil)
	if !ok || !in.Unchanged(goFiles) {
		t.Fatal("a folder that is not there changes")
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if in.Unchanged(goFiles) {
		t.Error("the new folder was not seen")
	}
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.go": "package a", "notes.txt": "notes"} {
		if err := write(dir, name, text); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
