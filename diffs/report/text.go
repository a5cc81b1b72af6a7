package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Style is how the text format marks its parts: each string switches a colour
// on and Reset switches it off. The zero value marks nothing.
type Style struct {
	Place, Error, Warning, Info, Rule, Evidence, Code, Fix string // of findings
	Hunk, Removed, Added                                   string // of diffs, whose headers are places
	Reset                                                  string
}

// Colour is the style for a terminal.
var Colour = Style{
	Place: "\x1b[1m", Error: "\x1b[1;31m", Warning: "\x1b[1;33m", Info: "\x1b[1;36m",
	Rule: "\x1b[2m", Evidence: "\x1b[2m", Code: "\x1b[0m", Fix: "\x1b[32m",
	Hunk: "\x1b[36m", Removed: "\x1b[31m", Added: "\x1b[32m",
	Reset: "\x1b[0m",
}

// Text writes the findings for people, one line each and below it what the
// finding rests on and what became of its fix:
//
//	store.go:17:2: error: s.mu is still locked on this return [lostunlock]
//	    store.go:12: locked here
//	    fix: unlock before the return (safe)
//
// Suppressed findings are left out; the summary counts them.
func Text(r Report, style Style) []byte { return TextFor(r, style, nil, 0) }

// TextFor is Text for somebody who looks at a terminal: with the lines of code that
// are spoken of, and lines broken where the terminal, so many columns wide, would
// break them inside a word. 0: they are not broken; nil: there is no code.
func TextFor(r Report, style Style, read Sources, width int) []byte {
	w := textWriter{style: style, files: newSources(read), width: width}
	for _, f := range r.Findings {
		if !f.Suppressed {
			w.finding(f)
		}
	}
	return w.out.Bytes()
}

type textWriter struct {
	style Style
	files *sources
	width int
	out   bytes.Buffer
}

func (w *textWriter) finding(f Finding) {
	s := w.style
	place := fmt.Sprintf("%s:%d:%d:", visible(f.File), f.Range.Start.Line, f.Range.Start.Column)
	head := fmt.Sprintf("%s %s: %s [%s]", place, f.Severity, visible(f.Message), f.Rule)
	head = strings.Replace(broken(head, w.width, 4), place+" "+f.Severity+":", s.mark(s.Place, place)+" "+s.mark(s.severity(f.Severity), f.Severity+":"), 1)
	if text, ok := strings.CutSuffix(head, "["+f.Rule+"]"); ok {
		head = text + s.mark(s.Rule, "["+f.Rule+"]")
	}
	fmt.Fprintln(&w.out, head)
	w.code(f.File, f.Range.Start.Line)
	for _, e := range f.Related {
		w.line(s.Evidence, fmt.Sprintf("%s:%d: %s", visible(e.File), e.Line, visible(e.Message)))
		w.code(e.File, e.Line)
	}
	if state := fixState(f.Fix); state != "" {
		w.line(s.Fix, visible(state))
	}
}

func (w *textWriter) line(colour, text string) {
	for line := range strings.Lines(broken("    "+text, w.width, 6)) {
		text := strings.TrimRight(line, "\n")
		indent := len(text) - len(strings.TrimLeft(text, " "))
		fmt.Fprintln(&w.out, text[:indent]+w.style.mark(colour, text[indent:]))
	}
}

// code is the line that is spoken of, where it can be had.
func (w *textWriter) code(file string, line int) {
	text := visible(w.files.code(file, line))
	if text == "" {
		return
	}
	number := fmt.Sprintf("%8d │ ", line)
	if room := w.width - len("12345678 | "); w.width > 0 && utf8.RuneCountInString(text) > room {
		text = string([]rune(text)[:max(0, room-1)]) + "…"
	}
	fmt.Fprintln(&w.out, w.style.mark(w.style.Evidence, number)+w.style.mark(w.style.Code, text))
}

// broken breaks a line at spaces so that no part is wider than width, where words
// are not; the parts but the first are indented. 0: it stays whole.
func broken(text string, width, indent int) string {
	if width <= 2*indent || utf8.RuneCountInString(text) <= width {
		return text
	}
	lead := text[:len(text)-len(strings.TrimLeft(text, " "))]
	var out strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			out.WriteString(lead)
			column = len(lead)
		case column+1+n > width:
			out.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			out.WriteString(" ")
			column++
		}
		out.WriteString(word)
		column += n
	}
	return out.String()
}

// fixState says in a sentence what became of a fix; "" where the rule has none.
func fixState(f Fix) string {
	switch f.Status {
	case Fixable:
		return "fix: " + offer(f)
	case Fixed:
		return "fixed: " + offer(f)
	case RolledBack:
		return "not fixed: rolled back: " + f.Because
	case Refused, Conflict, Skipped:
		return "not fixed: " + f.Because
	}
	return ""
}

// offer names a fix, how far it can be trusted and why not further.
func offer(f Fix) string {
	text := fmt.Sprintf("%s (%s)", f.Title, f.Applicability)
	if f.Because != "" {
		text += ": " + f.Because
	}
	return text
}

func (s Style) severity(name string) string {
	switch name {
	case "error":
		return s.Error
	case "warning":
		return s.Warning
	}
	return s.Info
}

func (s Style) mark(colour, text string) string {
	if colour == "" {
		return text
	}
	return colour + text + s.Reset
}

// Visible is a text on one line that does nothing to a terminal.
func Visible(text string) string { return visible(text) }

// visible keeps text on one line and out of the terminal's control: what is
// quoted from a source file may hold anything.
func visible(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, unicode.IsControl), " ")
}
