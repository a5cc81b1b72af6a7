package write_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/lockfix/lockfix/rewrite/write"
)

// The directory does not let files be written, and the user is not root: where
// the test runs as root it gives up root's rights over files for a moment.
func TestAReadOnlyDirectory(t *testing.T) {
	dir := module(t, map[string]string{"a.go": "old a", "sub/b.go": "old b"})
	chmod(t, filepath.Join(dir, "sub"), 0o555)
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "sub"), 0o777) })
	if os.Getuid() == 0 {
		asNobody(t, dir)
	}
	err := write.Files(t.Context(), []write.File{file(dir, "a.go", "old a", "new a"), file(dir, "sub/b.go", "old b", "new b")})
	if err == nil || !strings.Contains(err.Error(), "b.go: permission denied: its directory") || strings.Contains(err.Error(), "a.go") {
		t.Errorf("got error %v", err)
	}
	expect(t, dir, map[string]string{"a.go": "old a", "sub/b.go": "old b"})
	noLeftovers(t, dir)
}

// asNobody makes the rest of the test act on files as an unprivileged user who
// owns dir.
func asNobody(t *testing.T, dir string) {
	const nobody = 65534
	chmod(t, filepath.Dir(dir), 0o755)
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	})
	if err != nil {
		t.Skip(err)
	}
	runtime.LockOSThread()
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		syscall.Setfsuid(0)
		runtime.UnlockOSThread()
	})
}

func TestAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("needs the right to mount: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	put(t, filepath.Join(dir, "a.go"), "old a")
	put(t, filepath.Join(dir, "b.go"), "old b")
	err := write.Files(t.Context(), []write.File{
		file(dir, "a.go", "old a", "new a"),
		file(dir, "b.go", "old b", strings.Repeat("new b", 100_000)),
	})
	if err == nil || !strings.Contains(err.Error(), "b.go: no space left on device") {
		t.Errorf("got error %v", err)
	}
	expect(t, dir, map[string]string{"a.go": "old a", "b.go": "old b"})
	noLeftovers(t, dir)
}
