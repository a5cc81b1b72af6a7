package edit

import (
	"errors"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

const attempted = "package p\n\nfunc f() {\n\ta()\n\tb() // b\n}\n"

func TestAttemptGivesLineEditsOfTheRawFile(t *testing.T) {
	raw := strings.ReplaceAll(attempted, "\n", "\r\n")
	e := edit(t, raw)
	edits, err := Attempt(e.Site, func(s *Site) error {
		s.ReplaceStmt(e.at("a"), newCall("x"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := diffs.Apply([]byte(raw), edits)
	if want := strings.Replace(raw, "a()", "x()", 1); err != nil || string(got) != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	if len(edits) != 1 || edits[0].File != "/p.go" || edits[0].New != "\tx()\r\n" {
		t.Errorf("the edits are %v", edits)
	}
}

func TestAttemptRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(*Site) error
		want string
	}{
		{"when the strategy does", func(*Site) error { return errors.New("the mutex escapes") }, "the mutex escapes"},
		{"when it panics", func(*Site) error { panic("no such thing") }, "internal: no such thing"},
		{"when an edit cannot be made", func(s *Site) error { s.Delete(newCall("x")); return nil }, "the statement stands behind a label, or in the head of another: there is no place beside it"},
		{"when a failed edit led to the panic", func(s *Site) error { s.Delete(newCall("x")); panic("later") }, "the statement stands behind a label, or in the head of another: there is no place beside it"},
		{"when nothing changes", func(*Site) error { return nil }, "the fix would change nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := edit(t, attempted)
			edits, err := Attempt(e.Site, test.run)
			if err == nil || err.Error() != test.want || edits != nil {
				t.Errorf("got %v and %v, want the refusal %q", edits, err, test.want)
			}
		})
	}
}

// TestAttemptsAreAlone: what one attempt breaks, the next does not see.
func TestAttemptsAreAlone(t *testing.T) {
	e := edit(t, attempted)
	alt := match.Alternative{Fix: &rules.Fix{}, Applicability: rules.Safe}
	for range 2 {
		s := e.doc.Site(e.Match, alt)
		_, err := Attempt(s, func(s *Site) error {
			s.Delete(s.Stmt(e.syntax("a")))
			s.Delete(s.Stmt(e.syntax("b")))
			panic("half way")
		})
		if err == nil || err.Error() != "internal: half way" {
			t.Fatalf("the attempt saw what another did: %v", err)
		}
	}
	e.want(attempted)
}

// TestFilesDecorateAFileOnce, and no more when another came between.
func TestFilesDecorateAFileOnce(t *testing.T) {
	one, other := edit(t, attempted), edit(t, attempted)
	var files Files
	first, err := files.Open(one.Pkg, one.Match)
	again, _ := files.Open(one.Pkg, one.Match)
	if err != nil || first != again {
		t.Errorf("the file was decorated twice (%v)", err)
	}
	if doc, _ := files.Open(other.Pkg, other.Match); doc == first || doc.file != other.source {
		t.Error("a file was taken for another")
	}
}

func TestDowngrade(t *testing.T) {
	e := edit(t, attempted)
	e.Downgrade(rules.Unsafe, "it may wait longer")
	e.Downgrade(rules.Safe, "never higher")
	e.Downgrade(rules.Unsafe, "nor twice")
	e.Downgrade(rules.Manual, "it is a sketch")
	if e.level != rules.Manual || strings.Join(e.because, "; ") != "it may wait longer; it is a sketch" {
		t.Errorf("the level is %s because %q", e.level, e.because)
	}
}

func TestAtLeast(t *testing.T) {
	e := edit(t, attempted)
	for version, want := range map[string]bool{"go1.26": true, "go1.21": true, "go1.27": false} {
		if e.AtLeast(version) != want {
			t.Errorf("a file of go1.26 is at least %s: %t", version, !want)
		}
	}
	e.source.GoVersion = ""
	if e.AtLeast("go1.1") {
		t.Error("an unknown version is no version")
	}
}
