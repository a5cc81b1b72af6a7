package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/reviewdog/reviewdog/proto/rdf"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/lockfix/lockfix/diffs/report"
)

// Reviewdog's own reader, which refuses what it does not know.
func readRDJSON(t *testing.T, text []byte) []*rdf.Diagnostic {
	t.Helper()
	var result rdf.DiagnosticResult
	if err := protojson.Unmarshal(text, &result); err != nil {
		t.Fatal(err)
	}
	return result.GetDiagnostics()
}

func TestRDJSONAndRDJSONLSayTheSame(t *testing.T) {
	p := newProject(t)
	whole := readRDJSON(t, report.RDJSON(p.Report, p.sources))
	lines := 0
	for line := range bytes.Lines(report.RDJSONL(p.Report, p.sources)) {
		var d rdf.Diagnostic
		if err := protojson.Unmarshal(line, &d); err != nil {
			t.Fatal(err)
		}
		if d.GetSource().GetName() != "lockfix" {
			t.Error("a line does not say whose it is")
		}
		d.Source = nil
		if !proto.Equal(&d, whole[lines]) {
			t.Errorf("got %v, want %v", &d, whole[lines])
		}
		lines++
	}
	if lines != len(whole) || lines != 7 {
		t.Errorf("%d lines, %d diagnostics, want 7", lines, len(whole))
	}
}

// Columns count bytes, the end is not included.
func TestRDJSONRanges(t *testing.T) {
	p := newProject(t)
	for i, want := range []string{"return", "", "mu.Lock()", "mu sync.Mutex", "mu.Lock()"} {
		d := readRDJSON(t, report.RDJSON(p.Report, p.sources))[i]
		if want == "" {
			continue // several lines
		}
		where := d.GetLocation().GetRange()
		line := strings.Split(p.files[d.GetLocation().GetPath()], "\n")[where.GetStart().GetLine()-1]
		if got := line[where.GetStart().GetColumn()-1 : where.GetEnd().GetColumn()-1]; got != want {
			t.Errorf("the range is %q, want %q", got, want)
		}
	}
}

// A suggestion is the whole fix, and taking it gives the bytes that fix would
// write. What is not one range of the finding's file is a command instead.
func TestRDJSONSuggestionsGiveTheFixedBytes(t *testing.T) {
	p := newProject(t)
	suggested := map[string]bool{"f1": true, "f2": true, "f3": true}
	for _, d := range readRDJSON(t, report.RDJSON(p.Report, p.sources)) {
		finding := findingOf(t, p, d)
		if got := len(d.GetSuggestions()) == 1; got != suggested[finding.ID] {
			t.Errorf("%s: has a suggestion: %v, want %v", finding.ID, got, suggested[finding.ID])
		}
		command := "lockfix fix --only " + finding.ID
		if got, want := strings.Contains(d.GetMessage(), command), finding.ID == "f4" || finding.ID == "f6"; got != want {
			t.Errorf("%s: names the command: %v, want %v: %s", finding.ID, got, want, d.GetMessage())
		}
		for _, s := range d.GetSuggestions() {
			got := replaceLines(t, p.files[finding.File], s)
			if want := p.fixed(finding)[finding.File]; got != want {
				t.Errorf("%s: got %q, want %q", finding.ID, got, want)
			}
		}
	}
}

func findingOf(t *testing.T, p project, d *rdf.Diagnostic) report.Finding {
	t.Helper()
	for _, f := range p.Findings {
		if strings.HasPrefix(d.GetMessage(), f.Message) {
			return f
		}
	}
	t.Fatalf("no finding says %q", d.GetMessage())
	return report.Finding{}
}

// replaceLines takes a suggestion as reviewers do: whole lines without the end
// of the last one.
func replaceLines(t *testing.T, text string, s *rdf.Suggestion) string {
	t.Helper()
	from, to := s.GetRange().GetStart(), s.GetRange().GetEnd()
	if from.GetColumn() != 0 || to.GetColumn() != 0 {
		t.Fatal("the suggestion has columns, which some readers overlook")
	}
	if s.GetText() == "" || strings.HasSuffix(s.GetText(), "\n") {
		t.Fatalf("the suggestion %q means different things to different readers", s.GetText())
	}
	lines := strings.SplitAfter(text, "\n")
	last := lines[to.GetLine()-1]
	end := last[len(strings.TrimRight(last, "\r\n")):]
	return strings.Join(lines[:from.GetLine()-1], "") + s.GetText() + end + strings.Join(lines[to.GetLine():], "")
}

// Nobody reviews a long suggestion: the command takes its place.
func TestRDJSONSuggestionsAreShort(t *testing.T) {
	for lines, want := range map[int]int{20: 1, 21: 0} {
		text := strings.Repeat("line\n", 40)
		p := project{files: map[string]string{"a.go": text}}
		end := 5*lines - 1
		p.Findings = []report.Finding{{ID: "f", Message: "m", File: "a.go", Fix: report.Fix{
			Status: report.Fixable, Applicability: "unsafe", Title: "t",
			Edits: []report.Edit{{File: "a.go", Start: 0, End: 1, New: "L"}, {File: "a.go", Start: end - 1, End: end, New: "E"}},
		}}}
		d := readRDJSON(t, report.RDJSON(p.Report, p.sources))[0]
		if got := len(d.GetSuggestions()); got != want {
			t.Errorf("%d lines: %d suggestions, want %d", lines, got, want)
		}
		if command := strings.Contains(d.GetMessage(), "lockfix fix --unsafe --only f"); command != (want == 0) {
			t.Errorf("%d lines: the message is %q", lines, d.GetMessage())
		}
	}
}
