package report

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lockfix/lockfix/diffs"
)

// A patch is what a fix does to one file, as one replacement: from its first
// edit to its last, with what stands between. Some readers offer replacements
// one at a time, and half of a lock fix is a deadlock.
type patch struct {
	file       string
	source     *source
	start, end int // bytes
	text       string
}

// patches returns a fix by file, in the order of their names; none if a file
// cannot be had or an edit cannot be told in characters. A fix is whole or not
// there.
func (s *sources) patches(f Fix) (all []patch) {
	if !f.offered() {
		return nil
	}
	byFile := make(map[string][]Edit)
	for _, e := range f.Edits {
		byFile[e.File] = append(byFile[e.File], e)
	}
	for file, edits := range byFile {
		p, ok := join(file, s.of(file), edits)
		if !ok {
			return nil
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b patch) int { return strings.Compare(a.file, b.file) })
	return all
}

// join makes one replacement of a file's edits.
func join(file string, src *source, edits []Edit) (p patch, ok bool) {
	if src == nil {
		return patch{}, false
	}
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	p = patch{file: file, source: src, start: edits[0].Start, end: edits[len(edits)-1].End}
	if p.end < p.start || !src.between(p.start) || !src.between(p.end) {
		return patch{}, false
	}
	moved := make([]diffs.Edit, len(edits))
	for i, e := range edits {
		moved[i] = diffs.Edit{File: file, Start: e.Start - p.start, End: e.End - p.start, New: e.New}
	}
	text, err := diffs.Apply(src.text[p.start:p.end], moved)
	p.text = string(text)
	return p, err == nil && utf8.ValidString(p.text) // JSON would change other text
}

// between reports whether an offset is between two characters of the text: in
// the file, not within a rune, and not before its byte order mark, which no
// editor shows as one.
func (s *source) between(offset int) bool {
	switch {
	case offset < 0 || offset > len(s.text):
		return false
	case offset < len(byteOrderMark) && bytes.HasPrefix(s.text, byteOrderMark):
		return false
	}
	return offset == len(s.text) || utf8.RuneStart(s.text[offset])
}

// from and to are the positions of a patch; columns count bytes.
func (p patch) from() Position { return p.source.at(p.start) }
func (p patch) to() Position   { return p.source.at(p.end) }
