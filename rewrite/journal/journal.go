// Package journal makes a write able to be taken back, and one that was cut
// short able to be finished.
//
// Before the first file is touched, the old and the new text of all of them
// stand in an entry of the journal, forced to the disk. Whenever the machine
// stops after that, each file holds one of the two texts, so that a look at the
// files says how far the write came, and nothing has to be recorded while it is
// under way. An entry is complete when it is there at all: it is made under
// another name and renamed.
//
// Words: an entry is one write; it is done once every file holds its new text;
// one that is not done was interrupted, or is being made by another lockfix.
package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockfix/lockfix/rewrite/write"
)

// A Journal is the list of the writes below one directory, the newest last.
type Journal struct {
	dir string // may not exist yet
}

// At returns the journal that is kept in dir.
func At(dir string) Journal { return Journal{dir} }

// ErrNothing is returned by Undo and Finish where there is no write to take
// back or to finish.
var ErrNothing = errors.New("there is no write in the journal")

// ErrInterrupted is returned by Write where the write before it is not done.
var ErrInterrupted = errors.New("the last write was interrupted, or is still going on: `lockfix undo` takes it back, `lockfix undo --finish` completes it")

var errBusy = errors.New("another lockfix writes here now: run again when it is done")

// Write writes all files or none, as write.Files does, and remembers how to
// take that back. The error is that of write.Files, or says why there is no
// journal: then nothing was written.
func (j Journal) Write(ctx context.Context, files []write.File) error {
	changed := thatChange(files)
	if len(changed) == 0 {
		return nil
	}
	j.sweep()
	last, err := j.last()
	switch {
	case err != nil:
		return err
	case last != nil && !last.done():
		return ErrInterrupted
	}
	e, err := j.begin(changed)
	if err != nil {
		return fmt.Errorf("journal: %w: nothing was written", err)
	}
	if err := write.Files(ctx, changed); err != nil {
		if failures, ok := errors.AsType[*write.Failures](err); !ok || len(failures.Changed) == 0 {
			e.drop()
		}
		return err
	}
	if err := e.markDone(); err != nil {
		return fmt.Errorf("journal: all files are written, but: %w", err)
	}
	j.prune()
	return nil
}

// Undo gives every file of the last write its old text and returns their
// paths. A file that holds neither text was changed by someone since: then the
// error is a *write.Failures that names every such file, and nothing is done.
func (j Journal) Undo(ctx context.Context) ([]string, error) {
	e, err := j.last()
	if err != nil || e == nil {
		return nil, orNothing(err)
	}
	back, err := e.steps(func(f file) (from, to string) { return f.After, f.Before })
	if err != nil {
		return nil, err
	}
	if err := e.unmark(); err != nil { // from here on it is neither done nor undone
		return nil, err
	}
	if err := write.Files(ctx, back); err != nil {
		return nil, err
	}
	e.sweep()
	return e.paths(), e.drop()
}

// Finish gives every file of an interrupted write its new text, as Undo gives
// the old one.
func (j Journal) Finish(ctx context.Context) ([]string, error) {
	e, err := j.last()
	if err != nil || e == nil || e.done() {
		return nil, orNothing(err)
	}
	rest, err := e.steps(func(f file) (from, to string) { return f.Before, f.After })
	if err != nil {
		return nil, err
	}
	if err := write.Files(ctx, rest); err != nil {
		return nil, err
	}
	e.sweep()
	return e.paths(), e.markDone()
}

func orNothing(err error) error {
	if err == nil {
		return ErrNothing
	}
	return err
}

func thatChange(files []write.File) (changed []write.File) {
	for _, f := range files {
		if string(f.Before) != string(f.After) {
			changed = append(changed, f)
		}
	}
	return changed
}
