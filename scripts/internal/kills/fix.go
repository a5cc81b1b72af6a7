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
	if err := y.cut(t, begun, within, y.fixArgs()...); err != nil {
		return err
	}
	switch y.random.IntN(3) {
	case 0:
		if _, err := y.run("undo", "-q", "--finish"); err == nil { // otherwise nothing was begun, or all was done
			if err := y.same(y.fixed); err != nil {
				return fmt.Errorf("undo --finish: %w", err)
			}
		}
	case 1:
		if err := y.cut(t, nil, &y.undone, "undo", "-q"); err != nil {
			return fmt.Errorf("undo: %w", err)
		}
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

// cut kills one run that writes, and looks at the files and the findings.
func (y *yard) cut(t *tally, begun func() bool, within *time.Duration, args ...string) error {
	if y.killed(begun, within, args...) {
		t.killed++
	} else {
		t.finished++
	}
	news, err := y.whole()
	if err != nil {
		return err
	}
	if 0 < len(news) && len(news) < len(y.old.differs(y.fixed)) {
		t.midway++
	}
	return y.noneLost(news)
}
