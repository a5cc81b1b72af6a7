package report

import (
	"bytes"
	"fmt"
)

// home is where people read about lockfix.
const home = "https://github.com/lockfix/lockfix"

// RDJSON writes the Reviewdog Diagnostic Format: one object. Columns count
// bytes. A suggestion is whole lines and always the whole fix, because a
// reviewer accepts suggestions one at a time; a fix that is not one short range
// of the finding's file is named by the command that makes it.
func RDJSON(r Report, read Sources) []byte {
	return encodeJSON(rdResult{
		Source:      rdSource{"lockfix", home},
		Diagnostics: list(rdDiagnostics(r, read)),
	}, "  ")
}

// RDJSONL writes the same diagnostics, one a line.
func RDJSONL(r Report, read Sources) []byte {
	var out bytes.Buffer
	for _, d := range rdDiagnostics(r, read) {
		d.Source = &rdSource{"lockfix", home}
		out.Write(encodeJSON(d, ""))
	}
	return out.Bytes()
}

func rdDiagnostics(r Report, read Sources) (all []rdDiagnostic) {
	files, rules := newSources(read), indexRules(r)
	for _, f := range standing(r.Findings) {
		d := rdDiagnostic{
			Message:     told(f),
			Location:    rdLocation{f.File, rdRangeOf(f.Range)},
			Severity:    rdSeverity(f.Severity),
			Code:        rdCode{f.Rule, rules.of(f.Rule).url()},
			Suggestions: rdSuggest(f, files),
			Related:     rdRelatedOf(f.Related),
		}
		if f.Fix.offered() && len(d.Suggestions) == 0 {
			d.Message += "\n" + fixCommand(f)
		}
		all = append(all, d)
	}
	return all
}

// fixCommand is the command that makes the fix of a finding.
func fixCommand(f Finding) string {
	unsafe := ""
	if f.Fix.Applicability == "unsafe" {
		unsafe = "--unsafe "
	}
	return fmt.Sprintf("lockfix fix %s--only %s", unsafe, f.ID)
}

func rdSuggest(f Finding, files *sources) []rdSuggestion {
	patches := files.patches(f.Fix)
	if len(patches) != 1 || patches[0].file != f.File {
		return nil
	}
	whole, ok := patches[0].lines()
	if !ok {
		return nil
	}
	return []rdSuggestion{{rdRange{rdPosition{whole.first, 0}, &rdPosition{whole.last, 0}}, whole.text}}
}

func rdRelatedOf(related []Related) (all []rdRelated) {
	for _, e := range related {
		where := rdLocation{e.File, rdRangeOf(Range{Start: Position{Line: e.Line}})}
		all = append(all, rdRelated{e.Message, where})
	}
	return all
}

func rdRangeOf(r Range) *rdRange {
	if r.Start.Line == 0 {
		return nil
	}
	out := &rdRange{Start: rdPosition(r.Start)}
	if r.End.Line > 0 {
		end := rdPosition(r.End)
		out.End = &end
	}
	return out
}

func rdSeverity(severity string) string {
	switch severity {
	case "error":
		return "ERROR"
	case "info":
		return "INFO"
	}
	return "WARNING"
}

// The messages of the format, by the names that it has for them.
type (
	rdResult struct {
		Source      rdSource       `json:"source"`
		Diagnostics []rdDiagnostic `json:"diagnostics"`
	}
	rdSource struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	rdDiagnostic struct {
		Message     string         `json:"message"`
		Location    rdLocation     `json:"location"`
		Severity    string         `json:"severity"`
		Source      *rdSource      `json:"source,omitempty"`
		Code        rdCode         `json:"code"`
		Suggestions []rdSuggestion `json:"suggestions,omitempty"`
		Related     []rdRelated    `json:"related_locations,omitempty"`
	}
	rdCode struct {
		Value string `json:"value"`
		URL   string `json:"url,omitempty"`
	}
	rdSuggestion struct {
		Range rdRange `json:"range"`
		Text  string  `json:"text"`
	}
	rdRelated struct {
		Message  string     `json:"message"`
		Location rdLocation `json:"location"`
	}
	rdLocation struct {
		Path  string   `json:"path"`
		Range *rdRange `json:"range,omitempty"`
	}
	rdRange struct {
		Start rdPosition  `json:"start"`
		End   *rdPosition `json:"end,omitempty"`
	}
	rdPosition struct {
		Line   int `json:"line"`
		Column int `json:"column,omitempty"`
	}
)
