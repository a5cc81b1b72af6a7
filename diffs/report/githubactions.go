package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// annotationsShown is how many annotations of each level GitHub shows of one
// step; it drops the rest.
const annotationsShown = 10

// GitHubActions writes workflow commands: GitHub turns each into an annotation
// of the line. Of each level it shows the first ten of a step, so the findings
// after them are written as plain lines of the log, where nothing is dropped;
// JobSummary lists them all. Columns count UTF-16 code units and are given
// where the finding is in one line.
func GitHubActions(r Report, read Sources) []byte {
	var out bytes.Buffer
	files, shown := newSources(read), make(map[string]int)
	for _, e := range r.Errors {
		annotation{"error", e.place(), "lockfix: the result is incomplete", e.Message}.write(&out, shown)
	}
	for _, f := range standing(r.Findings) {
		annotation{githubLevel(f.Severity), files.place(f), f.Rule, told(f)}.write(&out, shown)
	}
	return out.Bytes()
}

// An annotation is one workflow command.
type annotation struct {
	level          string
	where          place
	title, message string
}

// A place is where an annotation stands; what is zero is not known.
type place struct {
	file                             string
	line, endLine, column, endColumn int
}

func (s *sources) place(f Finding) place {
	p := place{file: f.File, line: f.Range.Start.Line, endLine: f.Range.End.Line}
	src := s.of(f.File)
	if src == nil || p.line != p.endLine {
		return p
	}
	start, ok := src.utf16(f.Range.Start)
	end, also := src.utf16(f.Range.End)
	if ok && also {
		p.column, p.endColumn = start.Column, end.Column
	}
	return p
}

func (e Error) place() place { return place{file: e.File, line: e.Line} }

func (a annotation) write(out *bytes.Buffer, shown map[string]int) {
	if shown[a.level]++; shown[a.level] > annotationsShown {
		// The word before it keeps a name of a file from being read as a command.
		fmt.Fprintf(out, "lockfix: %s%s: %s [%s]\n", a.where, a.level, visible(a.message), visible(a.title))
		return
	}
	properties := a.where.properties()
	properties = append(properties, "title="+escapeProperty(a.title))
	fmt.Fprintf(out, "::%s %s::%s\n", a.level, strings.Join(properties, ","), escapeData(a.message))
}

// String is the place as the log has it.
func (p place) String() string {
	switch {
	case p.file == "":
		return ""
	case p.line == 0:
		return visible(p.file) + ": "
	}
	return fmt.Sprintf("%s:%d: ", visible(p.file), p.line)
}

func (p place) properties() (all []string) {
	if p.file != "" {
		all = append(all, "file="+escapeProperty(p.file))
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"line", p.line}, {"endLine", p.endLine}, {"col", p.column}, {"endColumn", p.endColumn}} {
		if n.value > 0 {
			all = append(all, fmt.Sprintf("%s=%d", n.name, n.value))
		}
	}
	return all
}

func githubLevel(severity string) string {
	switch severity {
	case "error":
		return "error"
	case "info":
		return "notice"
	}
	return "warning"
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func escapeData(text string) string     { return dataEscapes.Replace(harmless(text)) }
func escapeProperty(text string) string { return propertyEscapes.Replace(harmless(text)) }

// harmless keeps text out of the control of a log that shows colours.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !strings.ContainsRune("\r\n\t", r) {
			return ' '
		}
		return r
	}, text)
}
