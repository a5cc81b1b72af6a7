package report_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lockfix/lockfix/diffs/report"
)

// Whatever the text and the edit: a format that has the fix gives the bytes that
// fix would write, and it has it unless the edit is not one of characters.
func FuzzFixesGiveTheFixedBytes(f *testing.F) {
	for _, text := range []string{storeGo, bomGo, endsGo, "", "\n", "\r\n", "a", "a\r", "\n\n𝕩\r\n\n"} {
		for _, new := range []string{"", "\n", "x", "\r\n𝕩", "𝕩\n"} {
			f.Add(text, 0, 0, new)
			f.Add(text, len(text), len(text), new)
			f.Add(text, len(text)/2, len(text), new)
			f.Add(text, 0, len(text), new)
			f.Add(text, strings.IndexByte(text, '\n'), strings.LastIndexByte(text, '\n')+1, new)
		}
	}
	f.Fuzz(func(t *testing.T, text string, start, end int, new string) {
		if !utf8.ValidString(text) || strings.LastIndex(text, "\ufeff") > 0 {
			return // not a file that Go reads
		}
		p := project{files: map[string]string{"a.go": text}}
		finding := report.Finding{ID: "f", Rule: "r", Message: "m", File: "a.go", Fix: report.Fix{
			Status: report.Fixable, Applicability: "safe", Title: "t",
			Edits: []report.Edit{{File: "a.go", Start: start, End: end, New: new}},
		}}
		p.Findings = []report.Finding{finding}
		result := readSARIF(t, report.SARIF(p.Report, p.sources)).Runs[0].Results[0]
		if got, want := len(result.Fixes) == 1, tellable(text, start, end, new); got != want {
			t.Fatalf("has a fix: %v, want %v", got, want)
		}
		diagnostic := readRDJSON(t, report.RDJSON(p.Report, p.sources))[0]
		if len(result.Fixes) == 0 {
			if len(diagnostic.GetSuggestions()) > 0 {
				t.Fatal("one format has the fix and one has not")
			}
			return
		}
		want := p.fixed(finding)["a.go"]
		replacement := result.Fixes[0].ArtifactChanges[0].Replacements[0]
		if got := replaceUTF16(t, text, replacement.DeletedRegion, *replacement.InsertedContent.Text); got != want {
			t.Errorf("SARIF: got %q, want %q", got, want)
		}
		for _, s := range diagnostic.GetSuggestions() {
			if got := replaceLines(t, text, s); got != want {
				t.Errorf("rdjson: got %q, want %q", got, want)
			}
		}
	})
}

func tellable(text string, start, end int, new string) bool {
	if start < 0 || end < start || end > len(text) || !utf8.ValidString(new) {
		return false
	}
	if strings.HasPrefix(text, "\ufeff") && start < len("\ufeff") {
		return false
	}
	return utf8.ValidString(text[:start]) && utf8.ValidString(text[start:end])
}
