package report_test

import (
	"encoding/xml"
	"reflect"
	"slices"
	"testing"

	"github.com/lockfix/lockfix/diffs/report"
)

// GitLab drops all but one finding of a fingerprint.
func TestGitLabFingerprintsAreUnique(t *testing.T) {
	p := newProject(t)
	p.Findings = append(p.Findings, p.Findings...)
	var issues []struct {
		Description string `json:"description"`
		CheckName   string `json:"check_name"`
		Fingerprint string `json:"fingerprint"`
		Severity    string `json:"severity"`
		Location    struct {
			Path  string `json:"path"`
			Lines struct {
				Begin int `json:"begin"`
			} `json:"lines"`
		} `json:"location"`
	}
	decode(t, report.GitLab(p.Report), &issues)
	seen := make(map[string]bool)
	for _, issue := range issues {
		if seen[issue.Fingerprint] {
			t.Errorf("fingerprint %s comes twice", issue.Fingerprint)
		}
		seen[issue.Fingerprint] = true
		if !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, issue.Severity) {
			t.Errorf("severity %q is not GitLab's", issue.Severity)
		}
	}
	if len(seen) != 14 || !seen["f1"] {
		t.Errorf("%d issues, want 14; the first of a fingerprint keeps it", len(seen))
	}
}

// A SuggestedFix has the edits of the fix, as they are.
func TestGoAnalysisEdits(t *testing.T) {
	p := newProject(t)
	type edit struct {
		Filename   string `json:"filename"`
		Start, End int
		New        string
	}
	var tree map[string]map[string]any
	decode(t, report.GoAnalysis(p.Report), &tree)
	diagnostic := tree["example.com/m/store"]["lostunlock"].([]any)[0].(map[string]any)
	fix := diagnostic["suggested_fixes"].([]any)[0].(map[string]any)
	got := fix["edits"].([]any)[0].(map[string]any)
	want := p.finding(t, "f1").Fix.Edits[0]
	if !reflect.DeepEqual(got, map[string]any{
		"filename": want.File, "start": float64(want.Start), "end": float64(want.End), "new": want.New,
	}) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := tree["example.com/none"]["lockfix"]; !reflect.DeepEqual(got, map[string]any{"error": "example.com/none: no Go files"}) {
		t.Errorf("a package that did not load says %v", got)
	}
}

// A reader of XML has the message again, line end for line end.
func TestCheckstyleIsRead(t *testing.T) {
	p := newProject(t)
	var doc struct {
		Files []struct {
			Name   string `xml:"name,attr"`
			Errors []struct {
				Line     int    `xml:"line,attr"`
				Column   int    `xml:"column,attr"`
				Severity string `xml:"severity,attr"`
				Message  string `xml:"message,attr"`
				Source   string `xml:"source,attr"`
			} `xml:"error"`
		} `xml:"file"`
	}
	if err := xml.Unmarshal(report.Checkstyle(p.Report), &doc); err != nil {
		t.Fatal(err)
	}
	last := doc.Files[len(doc.Files)-1]
	want := p.finding(t, "f1")
	if got := last.Errors[0]; last.Name != want.File || got.Message != want.Message || got.Line != 5 || got.Column != 21 ||
		got.Severity != "error" || got.Source != "lostunlock" {
		t.Errorf("%s: got %+v, want %+v", last.Name, got, want)
	}
}

// The totals of a suite are those of its cases.
func TestJUnitCounts(t *testing.T) {
	var doc struct {
		Suites []struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Errors   int    `xml:"errors,attr"`
			Failures int    `xml:"failures,attr"`
			Cases    []struct {
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(report.JUnit(newProject(t).Report), &doc); err != nil {
		t.Fatal(err)
	}
	tests := 0
	for _, suite := range doc.Suites {
		failures, errors := 0, 0
		for _, c := range suite.Cases {
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				errors++
			}
		}
		if suite.Tests != len(suite.Cases) || suite.Failures != failures || suite.Errors != errors {
			t.Errorf("%s: %+v", suite.Name, suite)
		}
		tests += suite.Tests
	}
	if tests != 7+2 {
		t.Errorf("%d tests, want 7 findings and 2 errors", tests)
	}
}
