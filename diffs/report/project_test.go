package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs/report"
)

// A project is a report and the files that it is about. In them is what formats
// trip over: runes beyond the basic plane before a finding, raw strings with
// backticks, CRLF, byte order marks, tabs, and files without a final newline.
type project struct {
	report.Report
	files map[string]string
}

func (p project) sources(file string) []byte {
	if text, ok := p.files[file]; ok {
		return []byte(text)
	}
	return nil
}

const (
	// CRLF; the last line has no end.
	storeGo = "package store\r\n\r\n" +
		"func (s *Store) Put(k string) {\r\n" +
		"\ts.mu.Lock()\r\n" +
		"\tif k == \"𝕩é\" { return } // 𝕩\r\n" +
		"\ts.m[k] = `a <b> & \"c\"`\r\n" +
		"\ts.mu.Unlock()\r\n" +
		"}"
	// A byte order mark, and a finding on the first line.
	bomGo = "\ufeffpackage bom; func f() { _ = \"𝕩\"; mu.Lock() }\n"
	// Edits at both ends and in between.
	endsGo = "package ends\n\nvar mu sync.Mutex\n\nfunc last() { mu.Lock() }\n"
)

// at is the range of the first text like that in a file.
func (p project) at(t *testing.T, file, text string) report.Range {
	t.Helper()
	before, _, ok := strings.Cut(p.files[file], text)
	if !ok {
		t.Fatalf("%s: no %q", file, text)
	}
	position := func(before string) report.Position {
		line := before[strings.LastIndexByte(before, '\n')+1:]
		return report.Position{Line: strings.Count(before, "\n") + 1, Column: len(line) + 1}
	}
	return report.Range{Start: position(before), End: position(before + text)}
}

// edit replaces the first old in a file, or inserts before it if all of it comes
// again in new.
func (p project) edit(t *testing.T, file, old, new string) report.Edit {
	t.Helper()
	start := strings.Index(p.files[file], old)
	if start < 0 {
		t.Fatalf("%s: no %q", file, old)
	}
	return report.Edit{File: file, Start: start, End: start + len(old), New: new}
}

func newProject(t *testing.T) project {
	p := project{files: map[string]string{"store/my store.go": storeGo, "bom.go": bomGo, "ends.go": endsGo}}
	p.Tool = "1.2.3"
	p.Rules = []report.Rule{{
		ID: "lostunlock", Title: "A lock is not given back", Rationale: "Nobody else can *ever* take it & <go on>.",
		Severity: "error", Confidence: "high", Category: "deadlock",
		References: []string{"CWE-833", "CWE-667: improper locking", "The Go memory model", "https://go.dev/ref/mem"},
		Aliases:    []string{"missingunlock"},
	}, {ID: "unused", Title: "has no finding", References: []string{"CWE-1"}}}
	add := func(f report.Finding) { p.Findings = append(p.Findings, f) }
	store := "store/my store.go"

	unlock := p.edit(t, store, "return }", "s.mu.Unlock(); return }")
	unlock.End = unlock.Start
	unlock.New = "s.mu.Unlock(); "
	add(report.Finding{
		ID: "f1", Rule: "lostunlock", Severity: "error", Confidence: "high", Category: "deadlock",
		Message: "s.mu is still locked, 100%: on this `return`\r\nin all <cases> & \"more\"", File: store, Range: p.at(t, store, "return"),
		Package: "example.com/m/store", Symbol: "(*Store).Put",
		Related: []report.Related{{File: store, Line: 4, Message: "locked here"}, {File: "gone.go", Line: 9, Message: "unlocked here"}},
		Fix: report.Fix{Status: report.Fixable, Applicability: "safe", Title: "unlock before the return", Strategy: "unlockpath",
			Edits: []report.Edit{unlock}},
	})
	add(report.Finding{
		ID: "f2", Rule: "otherrule", Severity: "warning", Message: "several lines", File: store,
		Range: report.Range{Start: p.at(t, store, "s.mu.Lock").Start, End: p.at(t, store, "s.mu.Unlock()").End},
		Fix: report.Fix{Status: report.Fixable, Applicability: "unsafe", Title: "defer it", Because: "fetch() would run under the lock",
			Edits: []report.Edit{
				// not in order; the second is an insertion at the start of a line, the first deletes a line
				p.edit(t, store, "\ts.mu.Unlock()\r\n", ""),
				{File: store, Start: strings.Index(storeGo, "\tif k"), End: strings.Index(storeGo, "\tif k"), New: "\tdefer s.mu.Unlock() // `𝕩`\r\n"},
			}},
	})
	add(report.Finding{
		ID: "f3", Rule: "lostunlock", Severity: "error", Message: "behind a byte order mark", File: "bom.go", Range: p.at(t, "bom.go", "mu.Lock()"),
		Fix: report.Fix{Status: report.Fixable, Applicability: "safe", Title: "remove it", Edits: []report.Edit{p.edit(t, "bom.go", "; mu.Lock()", "")}},
	})
	add(report.Finding{
		ID: "f4", Rule: "otherrule", Severity: "info", Message: "two files, two ends", File: "ends.go", Range: p.at(t, "ends.go", "mu sync.Mutex"),
		Fix: report.Fix{Status: report.Fixable, Applicability: "safe", Title: "guard", Edits: []report.Edit{
			{File: "ends.go", Start: 0, End: 0, New: "// Package ends ends.\n"},
			{File: "ends.go", Start: len(endsGo), End: len(endsGo), New: "\nfunc more() {}\n"},
			p.edit(t, "ends.go", "mu.Lock()", "mu.Lock(); defer mu.Unlock()"),
			p.edit(t, store, "}", "}\r\n"),
		}},
	})
	add(report.Finding{
		ID: "f5", Rule: "otherrule", Severity: "error", Message: "by hand", File: "ends.go", Range: p.at(t, "ends.go", "mu.Lock()"),
		Fix: report.Fix{Status: report.Fixable, Applicability: "manual", Title: "a sketch", Edits: []report.Edit{p.edit(t, "ends.go", "mu.Lock()", "TODO")}},
	})
	add(report.Finding{
		ID: "f6", Rule: "otherrule", Severity: "error", Message: "the file cannot be read", File: "gone.go",
		Range: report.Range{Start: report.Position{Line: 7, Column: 2}, End: report.Position{Line: 7, Column: 9}},
		Fix:   report.Fix{Status: report.Fixable, Applicability: "safe", Title: "t", Edits: []report.Edit{{File: "gone.go", Start: 1, End: 2, New: "x"}}},
	})
	add(report.Finding{
		ID: "f7", Rule: "lostunlock", Severity: "error", Message: "asked not to hear of it", File: "ends.go", Range: p.at(t, "ends.go", "func"),
		Suppressed: true, Fix: report.Fix{Status: report.Skipped, Because: "ignored: known"},
	})
	add(report.Finding{
		ID: "f8", Rule: "gonerule", Severity: "error", Message: "already repaired", File: "ends.go", Range: p.at(t, "ends.go", "last"),
		Fix: report.Fix{Status: report.Fixed, Applicability: "safe", Title: "t"},
	})
	add(report.Finding{
		ID: "f9", Rule: "otherrule", Severity: "warning", Message: "an \x1b[31mescape and a | bar", File: "ends.go", Range: p.at(t, "ends.go", "func"),
		Fix: report.Fix{Status: report.Refused, Because: "the lock is taken again on the way"},
	})
	p.Counts = report.Tally(p.Findings)
	p.Counts.Packages, p.Counts.Files = 2, 3
	p.Errors = []report.Error{
		{File: "bad.go", Line: 3, Column: 7, Package: "example.com/bad", Message: "expected ';', found x"},
		{Package: "example.com/none", Message: "no Go files"},
	}
	return p
}

// fixed are the files as `lockfix fix --only` would leave them for one finding.
func (p project) fixed(f report.Finding) map[string]string {
	edits := slices.Clone(f.Fix.Edits)
	slices.SortStableFunc(edits, func(a, b report.Edit) int { return b.Start - a.Start }) // from the end
	out := make(map[string]string)
	for _, e := range edits {
		text, ok := out[e.File]
		if !ok {
			text = p.files[e.File]
		}
		out[e.File] = text[:e.Start] + e.New + text[e.End:]
	}
	return out
}

func (p project) finding(t *testing.T, id string) report.Finding {
	t.Helper()
	for _, f := range p.Findings {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("no finding %s", id)
	return report.Finding{}
}
