// Package source reads a Go file the way the decorated tree needs it and gives
// it back the way its author wrote it.
//
// The decorated tree takes a line for blank only when it is empty, and ends
// lines with LF. A byte-order mark, CRLF and blank lines that hold spaces are
// therefore taken off before parsing ([New]) and put back after printing
// ([File.Restore]). The bridge between both forms is the line: Text has as
// many lines as Raw, so line numbers hold in both, and a line that an edit
// leaves alone comes back byte for byte.
//
// The normal form has no byte-order mark, no CR before LF, no white space on
// otherwise empty lines, and a newline at its end. White space inside raw
// strings and block comments is content and stays. CR there is not: the
// language drops it (spec, "String literals"), so CRLF may become LF anywhere.
package source

import (
	"bytes"
	"strings"

	"github.com/lockfix/lockfix/diffs"
)

const mark = "\xef\xbb\xbf" // the byte-order mark of UTF-8

// A File is one file's bytes and their normal form.
type File struct {
	Path string // absolute
	Raw  []byte // as on disk (or in an overlay)
	Text []byte // normalised: no BOM, LF, white-space-only lines empty, final newline; same number of lines
}

// New normalises raw. Where raw is in normal form already, Text is Raw itself.
func New(path string, raw []byte) *File {
	return &File{Path: path, Raw: raw, Text: normal(raw)}
}

// Restore returns text, an edited form of f.Text, in the style of f.Raw: lines
// that text shares with f.Text come back byte for byte, new lines get the line
// end that most of f.Raw has, and the last line has a newline if it had one.
//
// Normalising the result gives text again, provided that text is in normal form.
func (f *File) Restore(text []byte) []byte {
	if bytes.Equal(text, f.Text) {
		return f.Raw
	}
	restored := f.restore(text)
	if bytes.Equal(normal(restored), text) {
		return restored
	}
	// An edit that opens a raw string or a comment turns the blank lines after
	// it into content: their old spaces must not come back.
	return f.plain(text)
}

// restore returns text with the raw form of every line that it shares with f.Text.
func (f *File) restore(text []byte) []byte {
	old, raw, lines := diffs.SplitLines(f.Text), diffs.SplitLines(trimMark(f.Raw)), diffs.SplitLines(text)
	asWritten := make([]bool, len(lines))
	keep := func(line, end, rawLine int) {
		for ; line < end; line, rawLine = line+1, rawLine+1 {
			lines[line], asWritten[line] = raw[rawLine], true
		}
	}
	a, b := 0, 0
	for _, h := range diffs.Lines(old, lines) {
		keep(b, h.BStart, a)
		a, b = h.AEnd, h.BEnd
	}
	keep(b, len(lines), a)
	return f.join(lines, asWritten)
}

// plain returns text with the mark and the line ends of f, and nothing else of it.
func (f *File) plain(text []byte) []byte {
	lines := diffs.SplitLines(text)
	return f.join(lines, make([]bool, len(lines)))
}

// join writes the lines in the style of f. A line as its author wrote it has
// its end already, unless it was the last one and is no longer. A missing
// final newline stays missing, but an empty line is nothing without one.
func (f *File) join(lines []string, asWritten []bool) []byte {
	var out []byte
	if bytes.HasPrefix(f.Raw, []byte(mark)) {
		out = append(out, mark...)
	}
	lineEnd, open := f.lineEnd(), !bytes.HasSuffix(f.Raw, []byte("\n"))
	for i, line := range lines {
		last := i == len(lines)-1
		if asWritten[i] && (last || strings.HasSuffix(line, "\n")) {
			out = append(out, line...)
			continue
		}
		line = strings.TrimRight(line, "\r\n")
		out = append(out, line...)
		if !last || !open || line == "" {
			out = append(out, lineEnd...)
		}
	}
	return out
}
