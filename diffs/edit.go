// Package diffs holds what leaves lockfix: edits and unified diffs, as plain data.
//
// An edit replaces a range of bytes of one file. A set of edits is what one fix
// does; sets are merged, as in a three-way merge with the file as the common
// ancestor, if no two of them touch the same bytes, and that is decided on the
// text alone: whether the whole makes sense is for a type checker to say. A
// hunk is the same in lines, as a difference finds it; a change is a file
// before and after, and a unified diff is a list of changes as git writes it.
//
// Laws, held by tests: applying the edits between two texts to the first gives
// the second; the difference is the smallest there is; merging does not depend
// on the order of the sets; git applies every diff.
package diffs

import (
	"cmp"
	"fmt"
	"slices"
)

// An Edit replaces the bytes [Start, End) of a file by New.
type Edit struct {
	File       string
	Start, End int // byte offsets in the file as it is on disk
	New        string
}

// Apply returns src with edits made; they must be sorted and must not overlap.
// Insertions at one offset come out in the order in which they stand. The error
// says which edit does not fit; src is never changed.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	var out []byte
	end := 0
	for _, e := range edits {
		if e.Start < end || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("edit %s does not fit: %d bytes, the edit before it ends at %d", e.place(), len(src), end)
		}
		out = append(out, src[end:e.Start]...)
		out = append(out, e.New...)
		end = e.End
	}
	return append(out, src[end:]...), nil
}

// LineEdits returns the edits, in whole lines, that turn before into after.
func LineEdits(file string, before, after []byte) []Edit {
	a, b := SplitLines(before), SplitLines(after)
	at := offsets(a)
	var edits []Edit
	for _, h := range Lines(a, b) {
		edits = append(edits, Edit{file, at[h.AStart], at[h.AEnd], concat(b[h.BStart:h.BEnd])})
	}
	return edits
}

// place names the edit for an error.
func (e Edit) place() string { return fmt.Sprintf("%s[%d:%d]", e.File, e.Start, e.End) }

// compareEdits orders by file and place; an insertion comes before a replacement
// that starts where it stands.
func compareEdits(a, b Edit) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
}

// sorted returns a copy of the edits in order; equal places keep theirs.
func sorted(edits []Edit) []Edit {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, compareEdits)
	return edits
}
