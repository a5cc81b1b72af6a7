package diffs

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A Word is a piece of text that stays, goes (Removed) or comes (Added).
type Word struct {
	Text           string
	Removed, Added bool
}

// A WordDiff is what changes in one file, word by word.
type WordDiff struct {
	Path    string
	Hunks   []string // heads, as a unified diff has them
	Changes [][]Word // of each hunk
}

// Words returns the changes sorted by path, with three lines of context, as `git diff
// --word-diff` does. A word is a run of letters, digits and underscores, a run of
// blanks, or one other rune. It is for people: nothing applies it.
func Words(changes []Change) (all []WordDiff) {
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	for _, c := range changes {
		if bytes.Equal(c.Before, c.After) {
			continue
		}
		d := WordDiff{Path: c.Path}
		a, b := SplitLines(c.Before), SplitLines(c.After)
		for _, group := range groups(Lines(a, b)) {
			shown := around(a, group)
			d.Hunks = append(d.Hunks, fmt.Sprintf("@@ -%s +%s @@", span(shown.AStart, shown.AEnd), span(shown.BStart, shown.BEnd)))
			d.Changes = append(d.Changes, wordsOf(a, b, group, shown))
		}
		all = append(all, d)
	}
	return all
}

func wordsOf(a, b []string, group []Hunk, shown Hunk) (all []Word) {
	x := shown.AStart
	for _, h := range group {
		all = append(all, Word{Text: strings.Join(a[x:h.AStart], "")})
		old, now := words(a[h.AStart:h.AEnd]), words(b[h.BStart:h.BEnd])
		i := 0
		for _, w := range Lines(old, now) {
			all = append(all,
				Word{Text: strings.Join(old[i:w.AStart], "")},
				Word{Text: strings.Join(old[w.AStart:w.AEnd], ""), Removed: true},
				Word{Text: strings.Join(now[w.BStart:w.BEnd], ""), Added: true})
			i = w.AEnd
		}
		all = append(all, Word{Text: strings.Join(old[i:], "")})
		x = h.AEnd
	}
	all = append(all, Word{Text: strings.Join(a[x:shown.AEnd], "")})
	return slices.DeleteFunc(all, func(w Word) bool { return w.Text == "" })
}

// words cuts lines; an end of line is a word of its own.
func words(lines []string) (all []string) {
	kind := func(r rune) int {
		switch {
		case r == '\n':
			return 0
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			return 1
		case unicode.IsSpace(r):
			return 2
		}
		return 0 // stands alone
	}
	for _, line := range lines {
		begin, last := 0, -1
		for i, r := range line {
			if k := kind(r); i > 0 && (k != last || k == 0) {
				all = append(all, line[begin:i])
				begin = i
			}
			last = kind(r)
		}
		all = append(all, line[begin:])
	}
	return all
}
