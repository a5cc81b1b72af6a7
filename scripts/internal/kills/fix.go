package main

import (
	"fmt"
	"time"
)

// fix kills a fix at any moment, while it writes, or between two renames, and has
// the tree back as it was: taken back at once, or finished before, or taken back by
// an undo that was killed as well.
func (y *yard) fix(t *tally) error {
	begun, within := y.writing(), &y.wrote
	switch y.random.IntN(3) {
	case 0:
		begun, within = nil, &y.took
	case 1:
		begun, within = y.renaming(), &y.renamed
	}
	done, err := y.cut(begun, within, y.fixArgs()...)
	if err != nil {
		return err
	}
	t.count(done)
	if err := y.restore(t); err != nil {
		return err
	}
	y.run("undo", "-q") // an error says that nothing was written: the tree tells
	if err := y.same(y.old); err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	left, err := leftovers(y.dir)
	if len(left) > 0 {
		return fmt.Errorf("undo leaves %v", left)
	}
	return err
}

// count adds a run of the command itself.
func (t *tally) count(c cut) {
	if !c.killed {
		t.finished++
		return
	}
	t.killed++
	if c.midway {
		t.midway++
	}
}

// restore finishes what was begun, kills that too, or kills the undo; or leaves all
// to the undo that comes.
func (y *yard) restore(t *tally) error {
	var args []string
	switch y.random.IntN(4) {
	case 0:
		if _, err := y.run("undo", "-q", "--finish"); err != nil { // nothing was begun, or all was done
			return nil
		}
		if err := y.same(y.fixed); err != nil {
			return fmt.Errorf("undo --finish: %w", err)
		}
		return nil
	case 1:
		args = []string{"undo", "-q", "--finish"}
	case 2:
		args = []string{"undo", "-q"}
	default:
		return nil
	}
	c, err := y.cut(nil, &y.undone, args...)
	if err != nil {
		return fmt.Errorf("%v: %w", args, err)
	}
	if c.killed {
		t.undone++
	}
	return nil
}

// A cut is a run that was to be killed.
type cut struct{ killed, midway bool }

// cut kills one run that writes, and looks at the files and the findings.
func (y *yard) cut(begun func() bool, within *time.Duration, args ...string) (cut, error) {
	killed := y.killed(begun, within, args...)
	news, err := y.whole()
	if err != nil {
		return cut{}, err
	}
	midway := 0 < len(news) && len(news) < len(y.old.differs(y.fixed))
	return cut{killed, midway}, y.noneLost(news)
}
