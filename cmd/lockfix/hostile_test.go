package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs/report"
)

// hazard is a file with one finding whose fix is safe.
func hazard(pkg, name string) string {
	return fmt.Sprintf("package %s\n\nimport \"sync\"\n\nvar %[2]s sync.Mutex\n\nfunc f%[2]s() {\n\t%[2]s.Lock()\n\tdefer %[2]s.Lock()\n}\n", pkg, name)
}

// hostile are files that somebody who means no good, or a careless generator, may
// put into a repository.
var hostile = map[string]string{
	"go.mod":            "module example.com/m\n\ngo 1.26\n",
	"a.go":              hazard("m", "a"),
	"sp ace.go":         hazard("m", "b"),
	"ünï.go":            hazard("m", "c"),
	"qu\"o'te`.go":      hazard("m", "d"),
	"..dots.go":         "not Go, and not read",
	"nl/we\n\x1bird.go": hazard("nl", "a"),
	"dash/-dash.go":     hazard("dash", "a"),
	"utf/a.go":          hazard("utf", "a") + "// \xff\xfe\n",
	"nopkg/a.go":        hazard("nopkg", "a"),
	"nopkg/b.go":        "vm",
	"line/a.go":         strings.Replace(hazard("line", "a"), "\tdefer", "//line /etc/passwd:9:5\n\tdefer", 1),
	"huge/a.go":         hazard("huge", "a") + strings.Repeat("// A long line of a long file.\n", 2_000),
	"deep/a.go":         hazard("deep", "a") + "\nvar deep = " + strings.Repeat("(", 3000) + "1" + strings.Repeat(")", 3000) + "\n",
}

// In a hostile repository, below a directory with quotes in its name, the
// diff is one that git applies, fix writes what diff showed, undo gives back each
// byte, and what cannot be read is told and keeps nobody else from being fixed.
func TestAHostileRepository(t *testing.T) {
	if runtime.GOOS == "windows" || testing.Short() {
		t.Skip("file names that only Unix has")
	}
	dir := filepath.Join(t.TempDir(), "it's \"here\"")
	for name, text := range hostile {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	os.Symlink("..", filepath.Join(dir, "nl", "loop"))
	h := hostileRepo{t, dir}
	h.git("init", "-q", ".")
	h.git("add", ".")
	h.git("-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", "one")

	diff, said := h.lockfix(exitIncomplete, "diff", "./...")
	for _, want := range []string{"nopkg/b.go:1:1", "utf/a.go:11", "dash"} {
		if !strings.Contains(said, want) || strings.Contains(said, "internal error") {
			t.Errorf("nothing is said of %s:\n%s", want, said)
		}
	}
	patch := filepath.Join(t.TempDir(), "fix.diff")
	if err := os.WriteFile(patch, []byte(diff), 0o666); err != nil {
		t.Fatal(err)
	}
	h.git("apply", "--check", patch)
	out, said := h.lockfix(exitIncomplete, "fix", "./...")
	if strings.Count(out, "    fixed: ") != 7 || strings.ContainsAny(out+said, "\x1b") || strings.Contains(out, "/etc/passwd") {
		t.Errorf("fix says\n%s%s", out, said)
	}
	h.git("apply", "-R", "--check", patch) // what was written is what was shown
	for name := range report.Formats {
		h.lockfix(exitIncomplete, "check", "--format", name, "./...")
	}
	if _, said = h.lockfix(exitOK, "undo"); strings.ContainsAny(said, "\x1b") {
		t.Errorf("undo says\n%s", said)
	}
	if status := h.git("status", "--porcelain"); status != "" {
		t.Errorf("after undo:\n%s", status)
	}
}

type hostileRepo struct {
	t   *testing.T
	dir string
}

func (h hostileRepo) git(args ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = h.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (h hostileRepo) lockfix(want int, args ...string) (stdout, stderr string) {
	h.t.Helper()
	var out, said bytes.Buffer
	cli := CLI{Stdout: &out, Stderr: &said, Dir: h.dir}
	if code := cli.Run(args); code != want {
		h.t.Errorf("lockfix %v: exit code %d, want %d\n%s", args, code, want, &said)
	}
	return out.String(), said.String()
}
