package report_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

func TestDiffIsMarkedAndNotChanged(t *testing.T) {
	plain := diffs.Unified([]diffs.Change{
		{Path: "a.go", Before: []byte("-- old\r\nkept\n"), After: []byte("++ new\r\nkept\n")}, // "--- old" is no header
		{Path: "b.go", Before: []byte("x"), After: []byte("y")},
	})
	if got := report.Diff(plain, report.Style{}); got != plain {
		t.Errorf("without a style: got\n%s", got)
	}
	marked := report.Diff(plain, report.Colour)
	if got := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(marked, ""); got != plain {
		t.Errorf("the marks changed the diff:\n%q\n%q", got, plain)
	}
	for _, want := range []string{
		report.Colour.Place + "--- a/a.go" + report.Colour.Reset + "\n",
		report.Colour.Removed + "--- old" + report.Colour.Reset + "\r\n",
		report.Colour.Added + "+++ new" + report.Colour.Reset + "\r\n",
		report.Colour.Hunk + "@@ -1,2 +1,2 @@" + report.Colour.Reset + "\n",
		"\n kept\n",
	} {
		if !strings.Contains(marked, want) {
			t.Errorf("%q is not in %q", want, marked)
		}
	}
}
