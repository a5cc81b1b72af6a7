package main

import (
	"strings"
	"unicode/utf8"
)

// width is where lines of prose are broken.
const width = 80

// wrapped breaks the lines of prose that are too long for a page whose margin
// takes some of it. Lines that begin with a space, as code in Markdown does,
// and words that are longer than a line stay whole.
func wrapped(text string, margin int) string {
	var out strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			out.WriteString(line + "\n")
			continue
		}
		column := 0
		for word := range strings.FieldsSeq(line) {
			n := utf8.RuneCountInString(word)
			switch {
			case column == 0:
			case column+1+n > width-margin:
				out.WriteString("\n")
				column = 0
			default:
				out.WriteString(" ")
				column++
			}
			out.WriteString(word)
			column += n
		}
		out.WriteString("\n")
	}
	return out.String()
}

// indented puts indent before every line that is not empty, and ends the last.
func indented(text, indent string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" {
			line = indent + line
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}
