package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// A Style is how the text format marks its parts: each string switches a colour
// on and Reset switches it off. The zero value marks nothing.
type Style struct {
	Place, Error, Warning, Info, Rule, Evidence, Fix string // of findings
	Hunk, Removed, Added                             string // of diffs, whose headers are places
	Reset                                            string
}

// Colour is the style for a terminal.
var Colour = Style{
	Place: "\x1b[1m", Error: "\x1b[1;31m", Warning: "\x1b[1;33m", Info: "\x1b[1;36m",
	Rule: "\x1b[2m", Evidence: "\x1b[2m", Fix: "\x1b[32m",
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
func Text(r Report, style Style) []byte {
	var out bytes.Buffer
	for _, f := range r.Findings {
		if !f.Suppressed {
			style.finding(&out, f)
		}
	}
	return out.Bytes()
}

func (s Style) finding(out *bytes.Buffer, f Finding) {
	place := fmt.Sprintf("%s:%d:%d:", visible(f.File), f.Range.Start.Line, f.Range.Start.Column)
	fmt.Fprintf(out, "%s %s %s %s\n", s.mark(s.Place, place), s.mark(s.severity(f.Severity), f.Severity+":"),
		visible(f.Message), s.mark(s.Rule, "["+f.Rule+"]"))
	for _, e := range f.Related {
		fmt.Fprintf(out, "    %s\n", s.mark(s.Evidence, fmt.Sprintf("%s:%d: %s", visible(e.File), e.Line, visible(e.Message))))
	}
	if state := fixState(f.Fix); state != "" {
		fmt.Fprintf(out, "    %s\n", s.mark(s.Fix, visible(state)))
	}
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

// visible keeps text on one line and out of the terminal's control: what is
// quoted from a source file may hold anything.
func visible(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, unicode.IsControl), " ")
}
