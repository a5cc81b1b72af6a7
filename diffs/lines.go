package diffs

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// A Hunk says that lines [AStart, AEnd) of a became lines [BStart, BEnd) of b; 0-based.
type Hunk struct{ AStart, AEnd, BStart, BEnd int }

// Lines returns the smallest line hunks between a and b, in order: Myers'
// difference (An O(ND) Difference Algorithm and Its Variations, 1986). A file
// that was all but replaced comes back as one hunk, because the smallest answer
// takes time that grows with the square of the difference.
func Lines(a, b []string) []Hunk {
	start := commonPrefix(a, b)
	a, b = a[start:], b[start:]
	end := commonSuffix(a, b)
	a, b = a[:len(a)-end], b[:len(b)-end]

	whole := Hunk{0, len(a), 0, len(b)}
	switch {
	case len(a) == 0 && len(b) == 0:
		return nil
	case len(a) == 0 || len(b) == 0 || dissimilar(a, b):
		return shift([]Hunk{whole}, start)
	}
	ra, rb, ok := runes(a, b)
	if !ok {
		return shift([]Hunk{whole}, start)
	}
	// Zero means no limit: with one the answer would depend on the machine's load.
	engine := diffmatchpatch.DiffMatchPatch{DiffTimeout: 0}
	return shift(hunks(engine.DiffMainRunes(ra, rb, false)), start)
}

// hunks joins neighbouring deletions and insertions.
func hunks(diffs []diffmatchpatch.Diff) []Hunk {
	var out []Hunk
	x, y := 0, 0
	for _, d := range diffs {
		n := utf8.RuneCountInString(d.Text)
		if n == 0 {
			continue
		}
		if d.Type == diffmatchpatch.DiffEqual {
			x, y = x+n, y+n
			continue
		}
		if last := len(out) - 1; last < 0 || out[last].AEnd != x || out[last].BEnd != y {
			out = append(out, Hunk{x, x, y, y})
		}
		if d.Type == diffmatchpatch.DiffDelete {
			x += n
		} else {
			y += n
		}
		out[len(out)-1].AEnd, out[len(out)-1].BEnd = x, y
	}
	return out
}

// dissimilar reports whether a minimal difference of the two is not worth its
// time: they are long, and fewer than half of the neighbouring pairs of lines
// of the longer one are found in the other. Pairs, since single lines such as a
// closing brace are common to any two Go files.
func dissimilar(a, b []string) bool {
	const long = 20_000
	if len(a)+len(b) <= long {
		return false
	}
	type pair struct{ first, second string }
	count := make(map[pair]int)
	for i := range len(a) - 1 {
		count[pair{a[i], a[i+1]}]++
	}
	common := 0
	for i := range len(b) - 1 {
		p := pair{b[i], b[i+1]}
		if count[p] > 0 {
			count[p]--
			common++
		}
	}
	return 2*common < max(len(a), len(b))
}

// SplitLines cuts text after each newline; the last line may lack one. Joined,
// the lines are text again.
func SplitLines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	lines := make([]string, 0, bytes.Count(text, []byte("\n"))+1)
	for line := range strings.Lines(string(text)) {
		lines = append(lines, line)
	}
	return lines
}

// offsets returns where each line starts, and where the last one ends.
func offsets(lines []string) []int {
	at := make([]int, len(lines)+1)
	for i, line := range lines {
		at[i+1] = at[i] + len(line)
	}
	return at
}

func concat(lines []string) string { return strings.Join(lines, "") }

func commonPrefix(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func commonSuffix(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// shift moves hunks down by n lines.
func shift(hunks []Hunk, n int) []Hunk {
	for i := range hunks {
		h := &hunks[i]
		h.AStart, h.AEnd, h.BStart, h.BEnd = h.AStart+n, h.AEnd+n, h.BStart+n, h.BEnd+n
	}
	return hunks
}
