package diffs

import (
	"strconv"
	"testing"
	"unicode/utf8"
)

// There are 1,112,064 runes that a string can hold; with more distinct lines
// the numbering gives up, and Lines answers with one hunk.
func TestRunesRunOut(t *testing.T) {
	const all = utf8.MaxRune + 1 - 2048 // less the surrogates
	lines := make([]string, all+1)
	for i := range lines {
		lines[i] = strconv.Itoa(i)
	}
	got, _, ok := runes(lines[:all], nil)
	if !ok {
		t.Errorf("%d distinct lines are refused", all)
	}
	if s := string(got); utf8.RuneCountInString(s) != all || []rune(s)[all-1] != got[all-1] {
		t.Error("the numbers do not survive a string")
	}
	if _, _, ok := runes(lines[:all], lines[all:]); ok {
		t.Errorf("%d distinct lines are numbered", all+1)
	}
}
