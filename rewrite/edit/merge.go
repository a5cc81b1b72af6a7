package edit

import (
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs"
)

// mergeLines replays the lines that differ between base and mut on source, of
// which base is another layout.
//
//	source ── layout ── base
//	   │                 │
//	   ↓ result          ↓ change
//	source with it ──── mut
//
// Where a changed line is laid out otherwise in source (two statements on it,
// say), the printed lines are taken for that stretch. What differs in white
// space only is layout, and the layout is the author's; but lines that move
// deeper or higher do move. indent says how deep a printed line begins.
func mergeLines(source, base, mut []byte, indent indenter) []byte {
	m := &merger{
		source: diffs.SplitLines(source),
		base:   diffs.SplitLines(base),
		mut:    diffs.SplitLines(mut),
		indent: indent,
		inside: continued(base),
	}
	m.layout = layoutOf(source, base)
	m.change = slices.DeleteFunc(diffs.Lines(m.base, m.mut), m.whiteSpaceOnly)
	m.learn()
	for len(m.layout) > 0 || len(m.change) > 0 {
		m.next()
	}
	m.copyTo(len(m.base))
	return []byte(strings.Join(m.out, ""))
}

type merger struct {
	source, base, mut []string
	layout            []diffs.Hunk // base → source, what is left of it
	change            []diffs.Hunk // base → mut, what is left of it
	indent            indenter
	inside            map[int]bool // lines of base that begin inside a raw string or comment
	atBase, atSource  int          // the lines up to which out is complete
	out               []string
}

// layoutOf returns how the layout of source differs from base, declaration by
// declaration where both can be cut alike: else two neighbours of another layout
// are one stretch, and a change of one would print the other.
func layoutOf(source, base []byte) []diffs.Hunk {
	whole := diffs.Lines(squeezed(diffs.SplitLines(base)), squeezed(diffs.SplitLines(source)))
	if len(whole) == 0 {
		return nil
	}
	b, s := declarations(base), declarations(source)
	if s == nil || len(s) != len(b) {
		return whole
	}
	var hunks []diffs.Hunk
	atBase, atSource := 0, 0
	for i := range b {
		base, source := diffs.SplitLines([]byte(b[i])), diffs.SplitLines([]byte(s[i]))
		for _, h := range diffs.Lines(squeezed(base), squeezed(source)) {
			hunks = append(hunks, diffs.Hunk{AStart: atBase + h.AStart, AEnd: atBase + h.AEnd, BStart: atSource + h.BStart, BEnd: atSource + h.BEnd})
		}
		atBase, atSource = atBase+len(base), atSource+len(source)
	}
	return hunks
}

// squeezed takes the white space out of every line.
func squeezed(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = squeeze(l)
	}
	return out
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// whiteSpaceOnly reports whether a hunk of the change is none: the same text,
// as deep as it was.
func (m *merger) whiteSpaceOnly(h diffs.Hunk) bool {
	old, new := m.base[h.AStart:h.AEnd], m.mut[h.BStart:h.BEnd]
	if squeeze(strings.Join(old, "")) != squeeze(strings.Join(new, "")) {
		return false
	}
	for i := range min(len(old), len(new)) {
		if squeeze(old[i]) != "" && squeeze(new[i]) != "" && depth(old[i]) != depth(new[i]) {
			return false
		}
	}
	return true
}

// next handles the next hunk, and with it all hunks that overlap: their
// stretch of base comes from source where only the layout differs, else from mut.
func (m *merger) next() {
	layout, change := m.stretch()
	lo, hi := span(slices.Concat(layout, change))
	m.copyTo(lo)
	end := m.atSource + hi - lo
	for _, h := range layout {
		end += (h.BEnd - h.BStart) - (h.AEnd - h.AStart)
	}
	if len(change) == 0 {
		m.out = append(m.out, m.source[m.atSource:end]...)
	} else {
		m.replay(lo, hi, change)
	}
	m.atBase, m.atSource = hi, end
}

// learn tells the indenter of all lines that stand one for one in base and
// source; those before a change will count more than those after it.
func (m *merger) learn() {
	b, s := 0, 0
	for _, h := range append(m.layout[:len(m.layout):len(m.layout)], diffs.Hunk{AStart: len(m.base)}) {
		for ; b < h.AStart; b, s = b+1, s+1 {
			m.teach(b, s)
		}
		b, s = h.AEnd, h.BEnd
	}
}

// teach tells the indenter of one line; what a line inside a raw string or
// comment begins with is no indentation.
func (m *merger) teach(base, source int) {
	if !m.inside[base] {
		m.indent.learn(m.base[base], m.source[source])
	}
}

// stretch takes the next hunk off its list, and every hunk of either list that
// shares a line with it, or with one that does. Of hunks that begin at the same
// line an insertion comes first, and of two insertions the change.
func (m *merger) stretch() (layout, change []diffs.Hunk) {
	if len(m.layout) == 0 || len(m.change) > 0 && !before(m.layout[0], m.change[0]) {
		m.change, change = m.change[1:], m.change[:1:1]
	} else {
		m.layout, layout = m.layout[1:], m.layout[:1:1]
	}
	for {
		lo, hi := span(slices.Concat(layout, change))
		switch {
		case overlaps(m.layout, lo, hi):
			m.layout, layout = m.layout[1:], append(layout, m.layout[0])
		case overlaps(m.change, lo, hi):
			m.change, change = m.change[1:], append(change, m.change[0])
		default:
			return layout, change
		}
	}
}

// before reports whether a hunk is handled before another.
func before(a, b diffs.Hunk) bool {
	return a.AStart < b.AStart || a.AStart == b.AStart && a.AEnd == a.AStart && b.AEnd > b.AStart
}

// overlaps reports whether the first hunk shares a line with [lo, hi), or
// inserts inside it.
func overlaps(hunks []diffs.Hunk, lo, hi int) bool {
	return len(hunks) > 0 && hunks[0].AStart < hi && hunks[0].AEnd > lo
}

// span returns the lines of base from the first of some hunks to the last.
func span(hunks []diffs.Hunk) (lo, hi int) {
	lo, hi = hunks[0].AStart, hunks[0].AEnd
	for _, h := range hunks[1:] {
		lo, hi = min(lo, h.AStart), max(hi, h.AEnd)
	}
	return lo, hi
}

// copyTo copies the author's lines up to a line of base; they stand one for one.
func (m *merger) copyTo(base int) {
	for m.atBase < base {
		m.teach(m.atBase, m.atSource)
		m.out = append(m.out, m.source[m.atSource])
		m.atBase++
		m.atSource++
	}
}

// replay puts the lines [lo, hi) of base, with the change made, into the result.
func (m *merger) replay(lo, hi int, change []diffs.Hunk) {
	for _, h := range change {
		m.out = append(m.out, m.indent.all(m.base[lo:h.AStart])...)
		m.out = append(m.out, m.indent.all(m.mut[h.BStart:h.BEnd])...)
		lo = h.AEnd
	}
	m.out = append(m.out, m.indent.all(m.base[lo:hi])...)
}
