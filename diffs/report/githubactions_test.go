package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs/report"
)

// What GitHub reads out of the commands is what was put in.
func TestGitHubActionsEscapes(t *testing.T) {
	message := "100%0A: a,b::\r\n%25 done"
	file := "dir, with: %, and 𝕩/a.go"
	r := report.Report{Findings: []report.Finding{{
		Rule: "lostunlock", Severity: "warning", Message: message, File: file,
		Range: report.Range{Start: report.Position{Line: 3, Column: 2}, End: report.Position{Line: 3, Column: 4}},
	}}}
	command := strings.TrimSuffix(string(report.GitHubActions(r, nil)), "\n")
	if strings.ContainsAny(command, "\r\n") {
		t.Fatalf("more than one line: %q", command)
	}
	head, data, _ := strings.Cut(strings.TrimPrefix(command, "::warning "), "::")
	if got := unescape(data); got != message {
		t.Errorf("message %q, want %q", got, message)
	}
	properties := make(map[string]string)
	for _, property := range strings.Split(head, ",") {
		name, value, _ := strings.Cut(property, "=")
		properties[name] = unescape(value)
	}
	if properties["file"] != file || properties["line"] != "3" || properties["title"] != "lostunlock" {
		t.Errorf("properties %q", properties)
	}
	if _, ok := properties["col"]; ok {
		t.Error("has a column that nobody could convert: the file cannot be read")
	}
}

func unescape(text string) string {
	return strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(text)
}

// Of each level GitHub shows ten; all others are in the log and the summary.
func TestGitHubActionsLimits(t *testing.T) {
	var r report.Report
	for i := range 25 {
		severity := "error"
		if i%2 == 1 {
			severity = "warning"
		}
		r.Findings = append(r.Findings, report.Finding{
			ID: fmt.Sprint(i), Rule: "rule", Severity: severity, Message: fmt.Sprintf("number %d.", i), File: "a.go",
			Range: report.Range{Start: report.Position{Line: i + 1, Column: 1}, End: report.Position{Line: i + 1, Column: 2}},
			Fix:   report.Fix{Status: report.None},
		})
	}
	r.Counts = report.Tally(r.Findings)
	text, summary := string(report.GitHubActions(r, nil)), string(report.JobSummary(r))
	for level, want := range map[string]int{"::error ": 10, "::warning ": 10, "\nlockfix: ": 5} {
		if got := strings.Count("\n"+text, level); got != want {
			t.Errorf("%d of %q, want %d", got, level, want)
		}
	}
	for _, f := range r.Findings {
		if !strings.Contains(text, f.Message) || !strings.Contains(summary, f.Message) {
			t.Errorf("%s is lost", f.Message)
		}
	}
}

// A step's summary may be one MiB long; what does not fit is counted.
func TestJobSummaryLimit(t *testing.T) {
	var r report.Report
	for range 3000 {
		r.Findings = append(r.Findings, report.Finding{Message: strings.Repeat("long ", 200), File: "a.go"})
	}
	summary := string(report.JobSummary(r))
	rows := strings.Count(summary, "| a.go:0 |")
	if len(summary) > 1<<20 || rows < 900 {
		t.Errorf("%d bytes, %d rows", len(summary), rows)
	}
	if more := fmt.Sprintf("\n%d more are in the log.\n", 3000-rows); !strings.HasSuffix(summary, more) {
		t.Errorf("ends in %q, want %q", summary[len(summary)-60:], more)
	}
}

// Nothing in a message is Markdown or HTML of its own.
func TestJobSummaryEscapes(t *testing.T) {
	r := report.Report{Findings: []report.Finding{{Message: "a | b\n`c` <img> [x](y) @me", File: "a.go"}}}
	for line := range strings.Lines(string(report.JobSummary(r))) {
		if strings.HasPrefix(line, "| ") && strings.Contains(line, "a.go") {
			if strings.Count(line, "|") != 6 || strings.ContainsAny(line, "<`[@") {
				t.Errorf("the row is %q", line)
			}
			return
		}
	}
	t.Error("there is no row")
}
