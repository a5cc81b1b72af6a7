package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// staged is how many packages a commit of the yard brings.
const staged = 6

// edit is what the working tree has and the index has not.
const edit = "\n// This line is not staged.\n"

func (y *yard) added() (names []string) {
	for i := range staged {
		names = append(names, fmt.Sprintf("planted/staged%d/ledger.go", i))
	}
	return names
}

// stage stages packages with hazards, and edits them again.
func (y *yard) stage() error {
	for i, name := range y.added() {
		path := filepath.Join(y.dir, name)
		text := fmt.Appendf(nil, planted, i)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return err
		}
		if _, err := y.git("add", name); err != nil {
			return err
		}
		if err := os.WriteFile(path, append(text, edit...), 0o666); err != nil {
			return err
		}
	}
	return nil
}

var hookArgs = []string{"hook", "run", "-q", "--fix"}

// learnHook runs the hook without a kill.
func (y *yard) learnHook() error {
	if err := y.stage(); err != nil {
		return err
	}
	start := time.Now()
	if _, err := y.run(hookArgs...); err != nil {
		return err
	}
	y.hooked = time.Since(start)
	if fixed, err := y.partly(); err != nil || fixed != staged {
		return fmt.Errorf("the hook fixes %d of %d files: %v", fixed, staged, err)
	}
	return y.unstage()
}

func (y *yard) unstage() error {
	if _, err := y.git("reset", "-q", "--hard"); err != nil {
		return err
	}
	for _, name := range y.added() {
		if err := os.RemoveAll(filepath.Dir(filepath.Join(y.dir, name))); err != nil {
			return err
		}
	}
	return y.same(y.old)
}

// hook kills the hook while it fixes what is staged, and lets it go on.
func (y *yard) hook(t *tally) error {
	if err := y.stage(); err != nil {
		return err
	}
	if y.killed(nil, &y.hooked, hookArgs...) {
		t.killed++
	} else {
		t.finished++
	}
	if err := y.unlocked(); err != nil {
		return err
	}
	fixed, err := y.partly()
	if err != nil {
		return err
	}
	if 0 < fixed && fixed < staged {
		t.midway++
	}
	if _, err := y.run(hookArgs...); err != nil {
		return err
	}
	if fixed, err := y.partly(); err != nil || fixed != staged {
		return fmt.Errorf("run again the hook has fixed %d of %d files: %v", fixed, staged, err)
	}
	return y.unstage()
}

// partly counts the files that are fixed in the index, and makes sure that each
// is whole there and in the tree, and that no edit is lost.
func (y *yard) partly() (fixed int, err error) {
	for i, name := range y.added() {
		old := fmt.Sprintf(planted, i)
		repaired := strings.Replace(strings.Replace(old, "defer l.mu.Lock()", "defer l.mu.Unlock()", 1), "\t\treturn false", "\t\tl.mu.Unlock()\n\t\treturn false", 1)
		index, err := y.git("show", ":"+name)
		if err != nil {
			return 0, err
		}
		tree, err := os.ReadFile(filepath.Join(y.dir, name))
		if err != nil {
			return 0, err
		}
		if string(tree) != old+edit && string(tree) != repaired+edit {
			return 0, fmt.Errorf("%s is torn, or an edit is lost:\n%s", name, tree)
		}
		switch index {
		case repaired:
			fixed++
		case old:
		default:
			return 0, fmt.Errorf("%s is torn in the index:\n%s", name, index)
		}
	}
	return fixed, nil
}

// unlocked waits for a git that goes on without its lockfix.
func (y *yard) unlocked() error {
	lock := filepath.Join(y.dir, ".git", "index.lock")
	for range 500 {
		if _, err := os.Stat(lock); err != nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s is left", lock)
}
