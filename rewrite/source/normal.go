package source

import (
	"bytes"
	"go/scanner"
	"go/token"
	"strings"
)

// normal returns the normal form of raw; raw itself where that is it.
func normal(raw []byte) []byte {
	text := trimMark(raw)
	if bytes.Contains(text, []byte("\r\n")) {
		text = withoutCR(text)
	}
	if hasBlank(text) {
		text = withoutBlank(text)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(bytes.TrimRight(bytes.Clone(text), "\r"), '\n')
	}
	return text
}

func trimMark(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte(mark)) }

// lineEnd returns the line end that most lines of f have.
func (f *File) lineEnd() string {
	if crlf := bytes.Count(f.Raw, []byte("\r\n")); 2*crlf > bytes.Count(f.Raw, []byte("\n")) {
		return "\r\n"
	}
	return "\n"
}

// withoutCR returns text with every run of CR before LF dropped.
func withoutCR(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for line := range bytes.Lines(text) {
		if bytes.HasSuffix(line, []byte("\r\n")) {
			out = append(append(out, bytes.TrimRight(line, "\r\n")...), '\n')
			continue
		}
		out = append(out, line...)
	}
	return out
}

// isBlank reports whether a line holds white space and nothing else, not even
// its own emptiness. These are the bytes that the Go scanner skips.
func isBlank(line []byte) bool {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return len(line) > 0 && len(bytes.Trim(line, " \t\r")) == 0
}

func hasBlank(text []byte) bool {
	for line := range bytes.Lines(text) {
		if isBlank(line) {
			return true
		}
	}
	return false
}

// withoutBlank empties the white-space-only lines that are not content.
func withoutBlank(text []byte) []byte {
	inside := contentLines(text)
	out := make([]byte, 0, len(text))
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if isBlank(line) && !inside[n] {
			line = []byte("\n") // of the last line, too: the normal form ends in one
		}
		out = append(out, line...)
	}
	return out
}

// contentLines returns the numbers (from 1) of the lines that begin inside a
// raw string or a block comment. One that is not terminated reaches to the end.
func contentLines(text []byte) map[int]bool {
	inside := make(map[int]bool)
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return inside
		}
		if tok != token.STRING && tok != token.COMMENT {
			continue
		}
		first := file.PositionFor(pos, false).Line
		for i := range strings.Count(lit, "\n") {
			inside[first+1+i] = true
		}
	}
}
