// Package diffs holds edits and unified diffs as plain data.
package diffs

// An Edit replaces the bytes [Start, End) of a file by New.
type Edit struct {
	File       string
	Start, End int // byte offsets in the file as it is on disk
	New        string
}

// Apply returns src with edits made; they must be sorted and must not overlap.
func Apply(src []byte, edits []Edit) ([]byte, error) { panic("not built yet") }

// Merge joins sets of edits of one file: the same edit in two sets is made
// once; overlapping different ones are a conflict, and the error says which.
func Merge(sets ...[]Edit) ([]Edit, error) { panic("not built yet") }

// LineEdits returns the edits, in whole lines, that turn before into after.
func LineEdits(file string, before, after []byte) []Edit { panic("not built yet") }
