package edit

import (
	"fmt"
	"slices"
)

// keepComments reports, as an error, a comment of the source that text has lost
// and that is not among those dropped.
func (d *Document) keepComments(text []byte, dropped []string) error {
	return lostComments(d.comments, text, dropped)
}

// lostComments is keepComments for a text that had some comments.
func lostComments(had map[string]int, text []byte, dropped []string) error {
	has, err := commentsOf(text)
	if err != nil {
		return fmt.Errorf("internal: the result does not parse: %w", err)
	}
	for _, c := range dropped {
		has[plain(c)]++
	}
	var lost []string
	for c, n := range had {
		if has[c] < n {
			lost = append(lost, c)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	slices.Sort(lost)
	return fmt.Errorf("the fix would lose the comment %q", lost[0])
}
