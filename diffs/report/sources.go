package report

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Sources returns a file as the report means it: the bytes that its positions
// and edits count in, so those before the fixes were written. It returns nil if
// they cannot be had; a format then says less (a line without columns, a
// finding without its fix), and never something wrong. Files are named as the
// report names them.
type Sources func(file string) []byte

// sources reads and indexes each file once.
type sources struct {
	read  Sources
	files map[string]*source
}

func newSources(read Sources) *sources {
	return &sources{read: read, files: make(map[string]*source)}
}

// of returns a file, nil if it cannot be had.
func (s *sources) of(file string) *source {
	if known, ok := s.files[file]; ok {
		return known
	}
	var found *source
	if s.read != nil {
		if text := s.read(file); text != nil {
			found = newSource(text)
		}
	}
	s.files[file] = found
	return found
}

// code is a line without its indentation and its end, "" if it cannot be had.
func (s *sources) code(file string, line int) string {
	src := s.of(file)
	if src == nil || line < 1 || line > len(src.lines) {
		return ""
	}
	return strings.TrimSpace(string(src.content(line)))
}

// A source is a text and where its lines begin. As in Go a line ends at "\n";
// after a final one there is one more line, which is empty.
type source struct {
	text  []byte
	lines []int // offset of each line
}

func newSource(text []byte) *source {
	s := &source{text: text, lines: []int{0}}
	for i, c := range text {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// at is the position of a byte offset in [0, len(text)].
func (s *source) at(offset int) Position {
	line := sort.SearchInts(s.lines, offset+1) // lines that begin at or before it
	return Position{Line: line, Column: offset - s.lines[line-1] + 1}
}

// line is a line with its end.
func (s *source) line(n int) []byte {
	if n < len(s.lines) {
		return s.text[s.lines[n-1]:s.lines[n]]
	}
	return s.text[s.lines[n-1]:]
}

// content is a line without its end.
func (s *source) content(n int) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(s.line(n), []byte("\n")), []byte("\r"))
}

// end is how a line ends: "\n", "\r\n", or "" for the last one.
func (s *source) end(n int) []byte { return s.line(n)[len(s.content(n)):] }

var byteOrderMark = []byte("\ufeff")

// utf16 is a position whose column counts UTF-16 code units, as editors and
// SARIF do; the byte order mark is no part of the first line's text. ok is
// false for a position that is not in the file.
func (s *source) utf16(p Position) (q Position, ok bool) {
	if p.Line < 1 || p.Line > len(s.lines) || p.Column < 1 || p.Column > len(s.line(p.Line))+1 {
		return p, false
	}
	before := s.line(p.Line)[:p.Column-1]
	if p.Line == 1 && bytes.HasPrefix(s.text, byteOrderMark) {
		before = before[min(len(before), len(byteOrderMark)):]
	}
	return Position{Line: p.Line, Column: units(before) + 1}, true
}

// units counts the UTF-16 code units of a text; a byte that is no UTF-8 is
// replaced by one when the file is read, and counts as one.
func units(text []byte) (n int) {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		n += utf16.RuneLen(r)
		text = text[size:]
	}
	return n
}
