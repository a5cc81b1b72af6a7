package diffs

import "fmt"

// Merge joins sets of edits, sorted by file and place. The same edit in two
// sets is made once. It is a conflict, and the error says which, where edits
// overlap, and where two sets insert different text at one offset: nothing
// says which text comes first.
func Merge(sets ...[]Edit) ([]Edit, error) {
	var merged []Edit
	for i, set := range sets {
		next, err := merge(merged, joinInsertions(sorted(set)))
		if err != nil {
			return nil, fmt.Errorf("set %d: %w", i+1, err)
		}
		merged = next
	}
	return merged, nil
}

// merge joins two sorted sets; insertions of each are already joined.
func merge(a, b []Edit) ([]Edit, error) {
	var out []Edit
	for len(a) > 0 || len(b) > 0 {
		var next Edit
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			next, a, b = a[0], a[1:], b[1:]
		case len(b) == 0 || len(a) > 0 && compareEdits(a[0], b[0]) <= 0:
			next, a = a[0], a[1:]
		default:
			next, b = b[0], b[1:]
		}
		if n := len(out); n > 0 && conflict(out[n-1], next) {
			return nil, fmt.Errorf("edits %s and %s conflict", out[n-1].place(), next.place())
		}
		out = append(out, next)
	}
	return out, nil
}

// conflict reports whether a and b, in that order, cannot both be made.
func conflict(a, b Edit) bool {
	if a.File != b.File {
		return false
	}
	samePlace := a.Start == b.Start && a.End == b.End
	return b.Start < a.End || samePlace
}

// joinInsertions makes one edit of the insertions that a set has at one offset:
// within one set their order is known.
func joinInsertions(set []Edit) []Edit {
	var out []Edit
	for _, e := range set {
		n := len(out)
		if n > 0 && e.Start == e.End && out[n-1].File == e.File && out[n-1].Start == e.Start && out[n-1].End == e.End {
			out[n-1].New += e.New
			continue
		}
		out = append(out, e)
	}
	return out
}
