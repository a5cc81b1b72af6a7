package pinned

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A module out of its repository has no neighbours: go.work goes, and so do the
// replacements by their folders; others stay.
func TestDetach(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.work", "go 1.26\nuse .\n")
	write("go.mod", `module m

go 1.26

require (
	example.com/a v1.0.0
	example.com/b v1.0.0
	example.com/c v1.0.0
)

replace (
	example.com/a => ../a
	example.com/b v1.0.0 => ./b
	example.com/c => example.com/fork v1.2.3
)
`)
	if err := (Module{}).detach(dir); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(mod); strings.Contains(text, "./") || !strings.Contains(text, "example.com/fork v1.2.3") {
		t.Errorf("go.mod is\n%s", text)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
		t.Error("go.work is still there")
	}
}

func TestCopyIsWritable(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	if err := os.MkdirAll(filepath.Join(from, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "sub", "a.go"), []byte("package a\n"), 0o444); err != nil {
		t.Fatal(err)
	}
	if err := Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "sub", "a.go"), []byte("package b\n"), 0o666); err != nil {
		t.Error(err)
	}
}
