package edit

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/lockfix/lockfix/diffs"
)

// Attempt runs a strategy on the site's private tree and turns the result into
// edits. A panic is a bug of lockfix: it refuses this attempt and leaves the
// others and the run alone.
func Attempt(s *Site, run func(*Site) error) (edits []diffs.Edit, err error) {
	defer func() {
		if r := recover(); r != nil {
			edits, err = nil, cmp.Or(s.err, fmt.Errorf("internal: %v", r))
		}
	}()
	if err := run(s); err != nil {
		return nil, err
	}
	if s.err != nil {
		return nil, s.err
	}
	edits, err = s.Edits()
	if err == nil && len(edits) == 0 {
		err = errors.New("the fix would change nothing")
	}
	return edits, err
}

// Edits turns what was done to the trees of all files into edits of them, sorted by
// file. Its error says which gate did not let the result through.
func (s *Site) Edits() (all []diffs.Edit, err error) {
	for _, file := range s.files() {
		more, err := file.edits()
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// edits turns what was done to the tree of one file into edits of it.
func (s *Site) edits() ([]diffs.Edit, error) {
	if err := s.predeclared(); err != nil {
		return nil, err
	}
	s.removeUnusedImports()
	text, err := s.doc.print(s.File, s.dropped)
	if err != nil {
		return nil, err
	}
	return diffs.LineEdits(s.doc.file.Path, s.doc.file.Raw, s.doc.file.Restore(text)), nil
}
