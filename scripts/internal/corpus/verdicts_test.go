package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs/report"
)

func TestTheVerdictsInTheTreeAreWellFormed(t *testing.T) {
	rows, err := readVerdicts(filepath.Join("..", "..", "..", "fixtures", "corpus.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.verdict != unjudged && r.why == "" {
			t.Errorf("%s: judged %s without a reason", r.fingerprint, r.verdict)
		}
	}
}

func TestReadVerdictsSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"m@v1\tr\tf\tmaybe\twhy\tp\n", "not a verdict"},
		{"m@v1\tr\tf\ttrue\n", "not a verdict"},
		{"m@v1\tr\tf\ttrue\twhy\tp\nm@v2\tr\tf\tfalse\twhy\tp\n", "judged twice"},
	} {
		file := filepath.Join(t.TempDir(), "corpus.tsv")
		if err := os.WriteFile(file, []byte(columns+"\n"+c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := readVerdicts(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
}

// A verdict survives a new version of the module; what is new is unjudged, and
// what is not found any more is told.
func TestJudge(t *testing.T) {
	old := row{"m@v1", "rule", "kept", "true", "read it", "a.go:1"}
	lost := row{"m@v1", "rule", "lost", "false", "read it", "a.go:2"}
	other := row{"n@v1", "rule", "kept", "true", "read it", "a.go:1"}
	rows := map[key]row{old.key(): old, lost.key(): lost, other.key(): other}
	r := result{target: target{name: "m@v2"}, report: report.Report{Findings: []report.Finding{
		{ID: "kept", Rule: "rule", File: "b.go"}, {ID: "new", Rule: "rule", File: "c.go"},
	}}}
	r.judge(rows)
	if got := r.findings[0].row; got.verdict != "true" || got.why != "read it" || got.module != "m@v2" || r.findings[0].isNew {
		t.Errorf("the verdict of a known finding: %+v", got)
	}
	if got := r.findings[1].row; got.verdict != unjudged || !r.findings[1].isNew {
		t.Errorf("the verdict of a new finding: %+v", got)
	}
	if len(r.gone) != 1 || r.gone[0] != lost || r.settled() {
		t.Errorf("gone: %+v, settled: %v", r.gone, r.settled())
	}
	if all := merge(rows, []result{r}); len(all) != 3 {
		t.Errorf("after the run there are %d verdicts, want 3: %+v", len(all), all)
	}
}

func TestCommentsAndFormatAreCompared(t *testing.T) {
	before := "package a\n\n// kept\nvar x = 1 // lost\n"
	if err := sameComments([]byte(before), []byte("package a\n\n// kept\nvar x = 1\n")); err == nil {
		t.Error("a lost comment is not missed")
	}
	if err := sameComments([]byte(before), []byte("package a\n\n// kept\nvar x = 2 // lost\n// more\n")); err != nil {
		t.Error(err)
	}
	if err := sameFormat([]byte(before), []byte("package a\nvar  x = 1\n")); err == nil {
		t.Error("lost format is not missed")
	}
}
