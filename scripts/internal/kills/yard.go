package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

// A yard is a git repository that is killed in, and what lockfix makes of it if
// it is left alone.
type yard struct {
	scratch, dir string
	lockfix      string
	env          []string
	packages     []string
	random       *rand.Rand

	old, fixed        tree   // before and after a fix
	oldFound, newOnes ledger // what check finds in them
	parts             tree   // what batch writes
	branches, summary string // what it makes, and its last word

	took, wrote     time.Duration // a fix, and its write
	renamed, undone time.Duration
	batched, hooked time.Duration
}

// planted is a package with three hazards, whose fixes are safe and stand in one
// file.
const planted = `package planted%d

import "sync"

// A Ledger counts.
type Ledger struct {
	mu sync.Mutex
	n  map[string]int
}

// Add adds, and forgets the lock on one way out.
func (l *Ledger) Add(name string) bool {
	l.mu.Lock()
	if name == "" {
		return false
	}
	l.n[name]++
	l.mu.Unlock()
	return true
}

// Sum locks twice.
func (l *Ledger) Sum() (all int) {
	l.mu.Lock()
	defer l.mu.Lock()
	for _, n := range l.n {
		all += n
	}
	return all
}
`

func (o *options) newYard(scratch, from string) (*yard, error) {
	y := &yard{
		scratch: scratch, dir: filepath.Join(scratch, "repo"), lockfix: o.lockfix,
		packages: append([]string{"./planted/..."}, o.packages...),
		random:   rand.New(rand.NewPCG(o.seed, 1)),
	}
	y.env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=e@example.com",
		"GIT_COMMITTER_NAME=n", "GIT_COMMITTER_EMAIL=e@example.com", "LOCKFIX_CACHE="+filepath.Join(scratch, "cache"), "GOFLAGS=", "GOWORK=off")
	if err := pinned.Copy(y.dir, from); err != nil {
		return nil, err
	}
	if err := y.plant(o.planted); err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main", "."}, {"add", "-f", "."}, {"commit", "-qm", "one"}} {
		if _, err := y.git(args...); err != nil {
			return nil, err
		}
	}
	return y, y.learn()
}

// plant adds packages with hazards, each owned by one of three.
func (y *yard) plant(n int) error {
	var owners bytes.Buffer
	for i := range n {
		dir := filepath.Join(y.dir, "planted", fmt.Sprintf("p%03d", i))
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "ledger.go"), fmt.Appendf(nil, planted, i), 0o666); err != nil {
			return err
		}
		fmt.Fprintf(&owners, "/planted/p%03d/ @team-%d\n", i, i%3)
	}
	return os.WriteFile(filepath.Join(y.dir, "CODEOWNERS"), owners.Bytes(), 0o666)
}

// learn runs everything once without a kill.
func (y *yard) learn() (err error) {
	if y.old, err = read(y.dir); err != nil {
		return err
	}
	if y.oldFound, err = y.check(); err != nil {
		return err
	}
	if y.took, y.wrote, err = y.timed(y.writing(), y.fixArgs()...); err != nil {
		return err
	}
	if y.fixed, err = read(y.dir); err != nil {
		return err
	}
	if y.newOnes, err = y.check(); err != nil {
		return err
	}
	if y.fixed.equal(y.old) || len(y.newOnes.all()) >= len(y.oldFound.all()) {
		return errors.New("lockfix fixes nothing here: there is nothing to kill")
	}
	start := time.Now()
	if _, err := y.run("undo", "-q"); err != nil {
		return err
	}
	y.undone, y.renamed = time.Since(start), 2*time.Millisecond
	if err := y.same(y.old); err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	if err := y.learnBatch(); err != nil {
		return err
	}
	return y.learnHook()
}

func (y *yard) fixArgs() []string {
	return append([]string{"fix", "-q", "--verify=types"}, y.packages...)
}

// run runs lockfix and returns what it writes to standard output.
func (y *yard) run(args ...string) (stdout []byte, err error) {
	stdout, _, err = y.both(args)
	return stdout, err
}

// said runs lockfix and returns what it says on standard error.
func (y *yard) said(args ...string) (string, error) {
	_, stderr, err := y.both(args)
	return string(stderr), err
}

// both runs lockfix. Exit code 1 says that findings are left, which is no error.
func (y *yard) both(args []string) (stdout, stderr []byte, err error) {
	cmd := exec.Command(y.lockfix, args...)
	cmd.Dir, cmd.Env = y.dir, y.env
	var said bytes.Buffer
	cmd.Stderr = &said
	stdout, err = cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() == 1 {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("lockfix %v: %w\n%s", args, err, said.Bytes())
	}
	return stdout, said.Bytes(), err
}

func (y *yard) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = y.dir, y.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %v: %w\n%s", args, err, out)
	}
	return string(out), nil
}
