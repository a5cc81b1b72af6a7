package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs/report"
)

var update = flag.Bool("update", false, "write the golden files")

// one has a finding of every status, and in it what formats trip over: a rune
// beyond the basic plane before the column, backticks, CRLF, a missing final
// newline, HTML, a control character and a file name with a space.
func one() report.Report {
	at := func(line, column, end int) report.Range {
		return report.Range{Start: report.Position{Line: line, Column: column}, End: report.Position{Line: line, Column: end}}
	}
	finding := func(id, file, severity, message string, where report.Range, fix report.Fix) report.Finding {
		return report.Finding{
			ID: id, Rule: "lostunlock", Severity: severity, Confidence: "high", Category: "deadlock",
			Message: message, File: file, Range: where, Symbol: "(*Store).Put", Fix: fix,
		}
	}
	r := report.Report{Findings: []report.Finding{
		finding("a1", "my pkg/store.go", "error", "s.mu is still locked on this return", at(17, 12, 18), report.Fix{
			Status: report.Fixable, Applicability: "safe", Title: "unlock before the return", Strategy: "unlockpath",
			Edits: []report.Edit{{File: "my pkg/store.go", Start: 120, End: 131, New: "\t𝕩 := `raw <&> text`\r\n\ts.mu.Unlock()"}},
		}),
		finding("a2", "store.go", "warning", "two\nlines and an \x1b[31mescape", at(20, 1, 1), report.Fix{
			Status: report.Fixable, Applicability: "unsafe", Title: "defer the unlock", Because: "fetch() would run under the lock",
		}),
		finding("a3", "store.go", "error", "m", at(30, 2, 3), report.Fix{Status: report.Fixed, Applicability: "safe", Title: "unlock before the return"}),
		finding("a4", "store.go", "info", "m", at(40, 2, 3), report.Fix{Status: report.Refused, Because: "the lock is taken again on the way"}),
		finding("a5", "store.go", "error", "m", at(50, 2, 3), report.Fix{Status: report.RolledBack, Because: "store.go:51:3: undefined: mu"}),
		finding("a6", "store.go", "error", "m", at(60, 2, 3), report.Fix{Status: report.Conflict, Because: "another fix of (*Store).Put came first"}),
		finding("a7", "gen.go", "error", "m", at(70, 2, 3), report.Fix{Status: report.Skipped, Because: "gen.go is generated: change its generator"}),
		finding("a8", "store.go", "error", "hidden", at(80, 2, 3), report.Fix{Status: report.Skipped, Because: "ignored: known"}),
		finding("a9", "store.go", "warning", "m", at(90, 2, 3), report.Fix{Status: report.None}),
	}}
	r.Findings[0].Related = []report.Related{{File: "my pkg/store.go", Line: 12, Message: "locked here"}, {File: "b.go", Line: 3, Message: "unlocked here"}}
	r.Findings[7].Suppressed = true
	r.Counts = report.Tally(r.Findings)
	r.Counts.Packages, r.Counts.Files = 3, 14
	r.Errors = []report.Error{
		{File: "bad.go", Line: 3, Column: 7, Package: "example.com/bad", Message: "expected ';', found x"},
		{File: "half.go", Line: 4, Message: "no column"},
		{File: "gone.go", Message: "permission denied"},
		{Package: "example.com/none", Message: "no Go files"},
		{Message: "the go command is older than the module"},
	}
	return r
}

func TestFormats(t *testing.T) {
	for name, got := range map[string][]byte{
		"report.json":  report.JSON(one()),
		"report.txt":   report.Text(one(), report.Style{}),
		"colour.txt":   report.Text(one(), report.Colour),
		"problems.txt": report.Problems(one()),
		"summary.txt":  []byte(report.Summary(one()) + "\n"),
		"empty.json":   report.JSON(report.Report{}),
		"nothing.txt":  []byte(report.Summary(report.Report{Counts: report.Counts{Packages: 1, Files: 2}}) + "\n"),
	} {
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// What was written is read back as the same report: nothing is lost on the way.
func TestJSONRoundTrip(t *testing.T) {
	first := report.JSON(one())
	var again report.Report
	decoder := json.NewDecoder(bytes.NewReader(first))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&again); err != nil {
		t.Fatal(err)
	}
	if second := report.JSON(again); !bytes.Equal(first, second) {
		t.Errorf("got\n%s\nwant\n%s", second, first)
	}
	if strings.Contains(string(first), "null") {
		t.Errorf("a list is null:\n%s", first)
	}
}

func TestJSONLeavesItsArgumentAlone(t *testing.T) {
	r := one()
	report.JSON(r)
	if r.Findings[8].Related != nil || r.Version != 0 {
		t.Error("JSON changed the report")
	}
}

func TestTextHidesWhatIsSuppressedAndStaysInItsLine(t *testing.T) {
	text := string(report.Text(one(), report.Style{}))
	if strings.Contains(text, "hidden") {
		t.Errorf("a suppressed finding is shown:\n%s", text)
	}
	if strings.ContainsAny(text, "\x1b\r") {
		t.Errorf("the text holds control characters: %q", text)
	}
}

func TestBalanced(t *testing.T) {
	whole := report.Tally(one().Findings)
	if !whole.Balanced() || whole.Found != 9 || whole.Suppressed != 1 {
		t.Errorf("%+v is not balanced", whole)
	}
	lost := one().Findings
	lost[3].Fix.Status = "no such status"
	if report.Tally(lost).Balanced() {
		t.Error("a finding without a status is not missed")
	}
	more := whole
	more.Found++
	if more.Balanced() {
		t.Error("a lost finding is not missed")
	}
}
