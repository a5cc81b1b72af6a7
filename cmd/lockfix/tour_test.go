package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/comment/fakegithub"
)

// TestTour goes the ways of scripts/tour, with a fake GitHub at hand, and reads
// what was printed on the way as others read it.
func TestTour(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, program := range []string{"bash", "git", "sha256sum"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	github, pull, reports := fakegithub.New(t), t.TempDir(), t.TempDir()
	cmd := exec.Command("bash", filepath.Join("..", "..", "scripts", "tour"), built(t))
	cmd.Env = append(os.Environ(), "GITHUB_API_URL="+github.URL, "GITHUB_TOKEN=secret", "LOCKFIX_CACHE="+t.TempDir(),
		"TOUR_PULL="+pull, "TOUR_REPORTS="+reports)
	github.Load = func() { readPull(t, github, pull) }
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 75 {
		t.Skip(string(out))
	}
	if err != nil || !strings.HasSuffix(string(out), "== all is as it should be\n") {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(github.Review) != 3 || github.Reviews != 1 || len(github.Issue) != 1 {
		t.Errorf("%d comments in %d reviews, %d below", len(github.Review), github.Reviews, len(github.Issue))
	}
	for name, read := range readers {
		text, err := os.ReadFile(filepath.Join(reports, name))
		if err != nil {
			t.Fatal(err)
		}
		if found, err := read(text); err != nil || found != 3 {
			t.Errorf("%s: its reader sees %d findings: %v\n%s", name, found, err, text)
		}
	}
}

// built is the program of the scripts.
func built(t *testing.T) string {
	t.Helper()
	if lockfix, err := exec.LookPath("lockfix"); err == nil {
		return lockfix
	}
	lockfix := filepath.Join(t.TempDir(), "lockfix")
	if out, err := exec.Command("go", "build", "-o", lockfix, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return lockfix
}

// readPull shows what the tour's pull request changes.
func readPull(t *testing.T, github *fakegithub.PullRequest, dir string) {
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name.Name()))
		if err != nil {
			t.Error(err)
		}
		if name.Name() == "HEAD" {
			github.Head = strings.TrimSpace(string(text))
			continue
		}
		github.Show(name.Name(), string(text))
	}
}
