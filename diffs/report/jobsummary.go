package report

import (
	"bytes"
	"fmt"
	"strings"
)

// summaryBytes is how long the summary of one step may be; GitHub shows nothing
// of a longer one. 4 KiB are kept for what a table is followed by.
const summaryBytes = 1<<20 - 4<<10

// JobSummary writes the findings as Markdown for GITHUB_STEP_SUMMARY: all of
// them, or as many as GitHub takes and how many more there are.
func JobSummary(r Report) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "### lockfix\n\n%s.\n", cell(Summary(r)))
	for _, e := range r.Errors {
		fmt.Fprintf(&out, "\nIncomplete: %s%s\n", cell(e.where()), cell(e.Message))
	}
	findings := standing(r.Findings)
	if len(findings) == 0 {
		return out.Bytes()
	}
	out.WriteString("\n| | Place | Finding | Rule | Fix |\n|---|---|---|---|---|\n")
	for i, f := range findings {
		row := summaryRow(f)
		if out.Len()+len(row) > summaryBytes {
			fmt.Fprintf(&out, "\n%d more are in the log.\n", len(findings)-i)
			break
		}
		out.WriteString(row)
	}
	return out.Bytes()
}

func summaryRow(f Finding) string {
	fix := fixState(f.Fix)
	if f.Fix.offered() {
		fix += ": " + fixCommand(f)
	}
	return fmt.Sprintf("| %s | %s:%d | %s | %s | %s |\n",
		cell(f.Severity), cell(f.File), f.Range.Start.Line, cell(f.Message), cell(f.Rule), cell(fix))
}

// cell is text that means nothing to Markdown or HTML, on one line.
func cell(text string) string {
	var out strings.Builder
	for _, r := range visible(text) {
		switch {
		case r == '<':
			out.WriteString("&lt;")
		case r == '&':
			out.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]|~#!$@", r):
			fmt.Fprintf(&out, "&#%d;", r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
