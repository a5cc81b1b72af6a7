package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func (y *yard) batchArgs() []string {
	return []string{"batch", "--out", y.out(), "--branches", "part/", "--disable", "lostunlock"}
}

// out is where the parts go, beside the repository.
func (y *yard) out() string { return filepath.Join(y.scratch, "parts") }

// learnBatch runs a batch without a kill.
func (y *yard) learnBatch() (err error) {
	start := time.Now()
	if y.summary, err = y.lastWord(); err != nil {
		return err
	}
	y.batched = time.Since(start)
	if y.parts, err = read(y.out()); err != nil {
		return err
	}
	if len(y.parts) < 6 {
		return fmt.Errorf("batch writes %d files, want a patch and a text for each of three owners", len(y.parts))
	}
	y.branches, err = y.trees()
	if err != nil {
		return err
	}
	return y.clear()
}

// lastWord runs a batch to its end and returns how it sums up.
func (y *yard) lastWord() (string, error) {
	said, err := y.said(y.batchArgs()...)
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return lines[len(lines)-1], err
}

// trees are the branches with what they hold; the time is no part of it.
func (y *yard) trees() (string, error) {
	return y.git("for-each-ref", "--format=%(refname) %(tree) %(contents)", "refs/heads/part")
}

// clear takes away what a batch has made.
func (y *yard) clear() error {
	names, err := y.git("for-each-ref", "--format=%(refname:short)", "refs/heads/part")
	if err != nil {
		return err
	}
	if all := strings.Fields(names); len(all) > 0 {
		if _, err := y.git(append([]string{"branch", "-q", "-D"}, all...)...); err != nil {
			return err
		}
	}
	return os.RemoveAll(y.out())
}

// batch kills a batch some times, and lets it come to its end.
func (y *yard) batch(t *tally) error {
	for range 1 + y.random.IntN(3) {
		if !y.killed(nil, &y.batched, y.batchArgs()...) {
			t.finished++
			break
		}
		t.killed++
		if made, err := read(y.out()); err == nil && 0 < len(made) && len(made) < len(y.parts) {
			t.midway++
		}
		if err := y.same(y.old); err != nil {
			return err
		}
	}
	summary, err := y.lastWord()
	if err != nil {
		return err
	}
	if summary != y.summary {
		return fmt.Errorf("resumed it says %q, undisturbed %q", summary, y.summary)
	}
	made, err := read(y.out())
	if err != nil {
		return err
	}
	if names := made.differs(y.parts); len(names) > 0 {
		return fmt.Errorf("resumed it has made other parts: %v", names)
	}
	if branches, err := y.trees(); err != nil || branches != y.branches {
		return fmt.Errorf("the branches are not those of an undisturbed run: %v\n%s", err, branches)
	}
	return y.clear()
}
