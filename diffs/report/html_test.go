package report_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

// The page needs nothing but itself, an independent parser reads it, and what is
// quoted from a source can do nothing in it.
func TestHTML(t *testing.T) {
	text := "package a\n\nvar s = `</td><script>alert(1)</script>` // 𝕊\nold()\n"
	start := strings.Index(text, "old")
	r := report.Report{Findings: []report.Finding{{
		ID: "abc123", Rule: "lostunlock", Severity: "error", Confidence: "high", Message: "<b>mu</b> & more", File: "a.go",
		Range:   report.Range{Start: report.Position{Line: 4, Column: 1}},
		Related: []report.Related{{File: "a.go", Line: 3, Message: "locked </li> here"}},
		Fix: report.Fix{Status: report.Fixable, Applicability: "unsafe", Title: "x", Edits: []report.Edit{
			{File: "a.go", Start: start, End: start + 3, New: "brand"},
		}},
	}, {ID: "gone", Suppressed: true, Fix: report.Fix{Status: report.Skipped}}}}
	got := string(report.HTML(r, func(string) []byte { return []byte(text) }))
	for _, want := range []string{`value="abc123" data-unsafe`, "<mark>bran</mark>d()", "<pre>old()</pre>", `data-show="lostunlock"`, "&lt;/td&gt;&lt;script&gt;", "𝕊", "--only"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
	for _, bad := range []string{"<script>alert", "<b>mu", "src=", "@import", "fetch(", "gone"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	wellFormed(t, got)
}

// What two lines share is not marked, and bytes that are no text do no harm.
func TestHTMLMarksWhatDiffers(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"defer mu.Lock()", "defer mu.Unlock()", "defer mu.<mark>Unl</mark>ock()"},
		{"a𝕊b", "a𝕋b", "a<mark>𝕋</mark>b"},
		{"a\xffb", "a\xfeb", "<mark>a\xfeb</mark>"},
		{"same same", "same", "same"},
	} {
		f := report.Finding{ID: "x", File: "a.go", Range: report.Range{Start: report.Position{Line: 1, Column: 1}}, Fix: report.Fix{
			Status: report.Fixable, Applicability: "safe", Edits: []report.Edit{{File: "a.go", End: len(test.old), New: test.new}},
		}}
		got := string(report.HTML(report.Report{Findings: []report.Finding{f}}, func(string) []byte { return []byte(test.old + "\n") }))
		if want := `<td class="w has">` + test.want + "</td>"; !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func wellFormed(t *testing.T, page string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	depth := 0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if depth != 0 {
		t.Errorf("%d elements are open at the end", depth)
	}
}

func TestSideBySideOnATerminal(t *testing.T) {
	c := diffs.Change{Path: "a.go", Before: []byte("one\n\ttwo\nthree\n"), After: []byte("one\n\tTWO\nthree\nfour\n")}
	got := report.SideBySide([]diffs.Change{c}, 50, report.Style{})
	want := `a.go
   1 one                     1 one
   2     two            |    2     TWO
   3 three                   3 three
                        >    4 four
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
