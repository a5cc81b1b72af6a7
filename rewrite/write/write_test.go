package write_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/write"
)

func TestFilesAreWritten(t *testing.T) {
	dir := module(t, map[string]string{"a.go": "old a", "sub/b.go": "old b\r\n", "same.go": "same"})
	chmod(t, filepath.Join(dir, "a.go"), 0o755)
	err := write.Files(t.Context(), []write.File{
		file(dir, "a.go", "old a", "new a"),
		file(dir, "sub/b.go", "old b\r\n", "new b\r\n"),
		file(dir, "same.go", "same", "same"),
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, dir, map[string]string{"a.go": "new a", "sub/b.go": "new b\r\n", "same.go": "same"})
	if info, _ := os.Stat(filepath.Join(dir, "a.go")); info.Mode().Perm() != 0o755 {
		t.Errorf("the mode is now %v", info.Mode())
	}
}

// In each case b.go stands in the way, and a.go must stay as it was.
func TestOneFileInTheWayStopsAll(t *testing.T) {
	for _, test := range []struct {
		name    string
		spoil   func(t *testing.T, dir, b string)
		message string
	}{
		{"changed since", func(t *testing.T, _, b string) { put(t, b, "another") }, "has changed since it was read"},
		{"gone", func(t *testing.T, _, b string) { remove(t, b) }, "no such file"},
		{"read-only", func(t *testing.T, _, b string) { chmod(t, b, 0o444) }, "is read-only"},
		{"a directory", func(t *testing.T, _, b string) {
			remove(t, b)
			if err := os.Mkdir(b, 0o777); err != nil {
				t.Fatal(err)
			}
		}, "is not a regular file"},
		{"a link out of the tree", func(t *testing.T, _, b string) {
			outside := filepath.Join(t.TempDir(), "outside.go")
			put(t, outside, "old b")
			link(t, b, outside)
		}, "is a symbolic link out of its module"},
		{"a link to nothing", func(t *testing.T, dir, b string) { link(t, b, filepath.Join(dir, "none")) }, "no such file"},
		{"a link to itself", func(t *testing.T, _, b string) { link(t, b, b) }, "too many links"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := module(t, map[string]string{"a.go": "old a", "b.go": "old b", "c.go": "old c"})
			test.spoil(t, dir, filepath.Join(dir, "b.go"))
			err := write.Files(t.Context(), []write.File{
				file(dir, "a.go", "old a", "new a"), file(dir, "b.go", "old b", "new b"), file(dir, "c.go", "old c", "new c"),
			})
			failures, ok := errors.AsType[*write.Failures](err)
			if !ok || len(failures.Of) != 1 || !strings.HasSuffix(failures.Of[0].Path, "b.go") || len(failures.Changed) > 0 {
				t.Fatalf("got error %v", err)
			}
			if text := err.Error(); !strings.Contains(text, test.message) || !strings.Contains(text, "nothing was written") {
				t.Errorf("got error %q, want %q", text, test.message)
			}
			expect(t, dir, map[string]string{"a.go": "old a", "c.go": "old c"})
			noLeftovers(t, dir)
		})
	}
}

func TestEveryFileInTheWayIsNamed(t *testing.T) {
	dir := module(t, map[string]string{"a.go": "changed", "b.go": "changed"})
	err := write.Files(t.Context(), []write.File{file(dir, "a.go", "old", "new"), file(dir, "b.go", "old", "new")})
	failures, ok := errors.AsType[*write.Failures](err)
	if !ok || len(failures.Of) != 2 {
		t.Errorf("got error %v", err)
	}
}

func TestALinkWithinTheModuleStaysALink(t *testing.T) {
	dir := module(t, map[string]string{"real/a.go": "old", "sub/x.go": ""})
	link(t, filepath.Join(dir, "sub", "a.go"), filepath.Join("..", "real", "a.go"))
	if err := write.Files(t.Context(), []write.File{file(dir, "sub/a.go", "old", "new")}); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, map[string]string{"real/a.go": "new", "sub/a.go": "new"})
	if info, _ := os.Lstat(filepath.Join(dir, "sub", "a.go")); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is now a file")
	}
	noLeftovers(t, dir)
}

// A module that is itself reached by a link is the tree all the same.
func TestAModuleBehindALink(t *testing.T) {
	dir := module(t, map[string]string{"a.go": "old"})
	front := filepath.Join(t.TempDir(), "front")
	link(t, front, dir)
	if err := write.Files(t.Context(), []write.File{file(front, "a.go", "old", "new")}); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, map[string]string{"a.go": "new"})
}

func TestACancelledContextWritesNothing(t *testing.T) {
	dir := module(t, map[string]string{"a.go": "old"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := write.Files(ctx, []write.File{file(dir, "a.go", "old", "new")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	expect(t, dir, map[string]string{"a.go": "old"})
	noLeftovers(t, dir)
}

func file(dir, name, before, after string) write.File {
	return write.File{Path: filepath.Join(dir, filepath.FromSlash(name)), Before: []byte(before), After: []byte(after)}
}

// module writes files, and a go.mod beside them, to a new directory.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "go.mod"), "module m\n")
	for name, text := range files {
		put(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, path, target string) {
	t.Helper()
	os.Remove(path)
	if err := os.Symlink(target, path); err != nil {
		t.Skip(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v), want %q", name, got, err, want)
		}
	}
}

// noLeftovers makes sure that no temporary file stays behind.
func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*", ".*lockfix*"))
	more, _ := filepath.Glob(filepath.Join(dir, ".*lockfix*"))
	if left = append(left, more...); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
