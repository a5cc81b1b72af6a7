// Command latency measures what a commit waits for: `lockfix hook run`, and beside
// it `golangci-lint run --new-from-rev HEAD` with what it has about concurrency, one
// after the other on the same machine, so that the ratios mean something where the
// times do not.
//
// Two commits are measured in a git repository made from a real module: one without
// a Go file, and one that changes a leaf package. Both programs have their caches. And
// a save of that leaf file, which `lockfix watch` answers.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

func main() {
	var m measurement
	flag.IntVar(&m.runs, "n", 11, "how often; the median is told")
	module := flag.String("module", "google.golang.org/grpc", "which of the pinned modules, or a folder")
	flag.StringVar(&m.leaf, "leaf", "internal/cache/timeoutCache.go", "the file of the leaf package that is staged with a change")
	flag.StringVar(&m.golangci, "golangci", "golangci-lint", "the other program; one that is not there is left out")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: scripts/latency [flags]\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := m.run(*module); err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

// A measurement is one repository with two programs.
type measurement struct {
	runs           int
	changes        int // that were made so far: nobody is asked what another one's cache knows
	leaf, golangci string
	lockfix, dir   string
	env            []string
}

// settings choose what golangci-lint has about concurrency.
const settings = `version: "2"
linters:
  default: none
  enable: [govet, staticcheck, fatcontext]
  settings:
    govet:
      disable-all: true
      enable: [atomic, copylocks, defers, lostcancel, sigchanyzer, testinggoroutine, waitgroup]
    staticcheck:
      checks: [SA2000, SA2001, SA2002, SA2003]
`

func (m *measurement) run(module string) error {
	scratch, err := os.MkdirTemp("", "lockfix-latency-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if err := m.prepare(scratch, module); err != nil {
		return err
	}
	fmt.Printf("%-28s %12s %12s\n", "median of "+fmt.Sprint(m.runs), "no Go file", "one leaf")
	var first [2]time.Duration
	for i, p := range m.programs(scratch) {
		var took [2]time.Duration
		for k, staged := range []string{"NOTES.txt", m.leaf} {
			if took[k], err = m.median(staged, p.args); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		fmt.Printf("%-28s %12s %12s\n", p.name, rounded(took[0]), rounded(took[1]))
		if i == 0 {
			first = took
			continue
		}
		fmt.Printf("%-28s %12.1f %12.1f\n", "  times lockfix", ratio(took[0], first[0]), ratio(took[1], first[1]))
	}
	saved, err := m.watched()
	if err != nil {
		return err
	}
	fmt.Printf("%-28s %12s %12s\n", "lockfix watch, of a save", "", rounded(saved))
	return nil
}

func rounded(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// A program is what a commit may wait for.
type program struct {
	name string
	args []string
}

func (m *measurement) programs(scratch string) []program {
	all := []program{
		{"lockfix hook run", []string{m.lockfix, "hook", "run", "-q"}},
		{"the installed hook", []string{filepath.Join(m.dir, ".git", "hooks", "pre-commit")}},
		{"git diff --cached (git alone)", []string{"git", "diff", "--cached", "--raw"}},
	}
	if path, err := exec.LookPath(m.golangci); err == nil {
		all = append(all, program{"golangci-lint run", []string{path, "run", "--new-from-rev", "HEAD", "--config", filepath.Join(scratch, "golangci.yml"), "./..."}})
	}
	return all
}

// prepare makes the repository.
func (m *measurement) prepare(scratch, module string) error {
	m.dir, m.lockfix = filepath.Join(scratch, "repo"), filepath.Join(scratch, "lockfix")
	if out, err := exec.Command("go", "build", "-o", m.lockfix, "./cmd/lockfix").CombinedOutput(); err != nil {
		return fmt.Errorf("build lockfix: %w\n%s", err, out)
	}
	from, err := pinned.Folder(module)
	if err != nil {
		return err
	}
	if err := pinned.Copy(m.dir, from); err != nil {
		return err
	}
	if err := age(m.dir); err != nil {
		return err
	}
	m.env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GOFLAGS=", "GOWORK=off",
		"LOCKFIX_CACHE="+filepath.Join(scratch, "cache"), "GOLANGCI_LINT_CACHE="+filepath.Join(scratch, "golangci"))
	if err := os.WriteFile(filepath.Join(scratch, "golangci.yml"), []byte(settings), 0o666); err != nil {
		return err
	}
	for _, args := range [][]string{{"init", "-q", "."}, {"add", "-f", "."}, {"-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", "one"}} {
		if err := m.do("git", args...); err != nil {
			return err
		}
	}
	return m.do(m.lockfix, "hook", "install")
}

// age makes files an hour old, as most are in a repository that people work in: of
// what was written a moment ago a cache cannot be sure by its time.
func age(dir string) error {
	then := time.Now().Add(-time.Hour)
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, then, then)
	})
}

// median stages a change of one file and runs a program, once for its caches and
// then as often as asked. Each run is another commit: the text changes.
func (m *measurement) median(staged string, args []string) (time.Duration, error) {
	path := filepath.Join(m.dir, filepath.FromSlash(staged))
	text, _ := os.ReadFile(path)
	var all []time.Duration
	for n := range m.runs + 1 {
		m.changes++
		if err := os.WriteFile(path, fmt.Appendf(text[:len(text):len(text)], "\n// change %d\n", m.changes), 0o666); err != nil {
			return 0, err
		}
		if err := m.do("git", "add", "-f", staged); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := m.do(args[0], args[1:]...); err != nil {
			return 0, err
		}
		if n > 0 {
			all = append(all, time.Since(start))
		}
	}
	if err := m.do("git", "reset", "-q", "--hard"); err != nil {
		return 0, err
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

func (m *measurement) do(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = m.dir, m.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", filepath.Base(name), args, err, out)
	}
	return nil
}
