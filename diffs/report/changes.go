package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/diffs"
)

// Changes returns what one fix alone does to each file, sorted by path. The
// error names a file that cannot be had, or an edit that does not fit it.
func Changes(f Fix, read Sources) ([]diffs.Change, error) {
	byFile := make(map[string][]diffs.Edit)
	for _, e := range f.Edits {
		byFile[e.File] = append(byFile[e.File], diffs.Edit{File: e.File, Start: e.Start, End: e.End, New: e.New})
	}
	var all []diffs.Change
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		before := read(file)
		if before == nil {
			return nil, fmt.Errorf("%s cannot be read", file)
		}
		edits, err := diffs.Merge(byFile[file])
		if err != nil {
			return nil, err
		}
		after, err := diffs.Apply(before, edits)
		if err != nil {
			return nil, err
		}
		all = append(all, diffs.Change{Path: file, Before: before, After: after})
	}
	return all, nil
}
