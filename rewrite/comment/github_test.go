package comment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/comment"
	"github.com/lockfix/lockfix/rewrite/comment/fakegithub"
)

// A fakeGitHub is the pull request that these tests comment on.
type fakeGitHub struct{ *fakegithub.PullRequest }

func newGitHub(t *testing.T) fakeGitHub { return fakeGitHub{fakegithub.New(t)} }

// source has a finding on every tenth line.
func source(lines int) string {
	var out strings.Builder
	for n := range lines {
		fmt.Fprintf(&out, "line %d // 𝕊 `x` ```y```\n", n+1)
	}
	return out.String()
}

// finding is one at a line, whose fix inserts text after each of some lines.
func finding(id, file, text string, line int, after ...int) report.Finding {
	f := report.Finding{
		ID: id, Rule: "lostunlock", Severity: "error", Confidence: "high", Message: "m is <still> locked by Map[int](xs), @all", File: file,
		Range:   report.Range{Start: report.Position{Line: line, Column: 1}, End: report.Position{Line: line, Column: 5}},
		Related: []report.Related{{File: file, Line: 1, Message: "locked here"}},
		Fix:     report.Fix{Status: report.Fixable, Applicability: "safe", Title: "unlock"},
	}
	lines := strings.SplitAfter(text, "\n")
	for _, n := range after {
		at := len(strings.Join(lines[:n], ""))
		f.Fix.Edits = append(f.Fix.Edits, report.Edit{File: file, Start: at, End: at, New: "unlock()\n"})
	}
	return f
}

func reportOf(findings ...report.Finding) report.Report {
	return report.Report{Findings: findings, Counts: report.Tally(findings)}
}

// show makes lines of a file part of the pull request: the others are old.
func (f fakeGitHub) show(path, text string, first, last int) {
	lines := strings.SplitAfter(text, "\n")
	var patch strings.Builder
	fmt.Fprintf(&patch, "@@ -%d,%d +%d,%d @@ func f() {\n", first, last-first, first, last-first+1)
	for n := first; n <= last; n++ {
		sign := " "
		if n == last {
			sign = "+"
		}
		patch.WriteString(sign + lines[n-1])
	}
	f.Shown[path] = append(f.Shown[path], [2]int{first, last})
	for _, file := range f.Files {
		if file["filename"] == path {
			file["patch"] = file["patch"].(string) + "\n" + strings.TrimSuffix(patch.String(), "\n")
			return
		}
	}
	f.Files = append(f.Files, map[string]any{"filename": path, "status": "modified", "patch": strings.TrimSuffix(patch.String(), "\n")})
}

func (f fakeGitHub) post(t *testing.T, r report.Report, files map[string]string, limit int) (comment.Outcome, error) {
	t.Helper()
	where := comment.GitHub{API: f.URL, Token: "secret", Owner: "o", Repo: "r", Number: 7}
	return where.Post(t.Context(), comment.Options{Report: r, Limit: limit, Sources: func(file string) []byte {
		if text, ok := files[file]; ok {
			return []byte(text)
		}
		return nil
	}})
}

// A fix in one place is a suggestion; one that is spread over two places is not,
// since half of it may be a deadlock; what is not on the diff is told in sum.
func TestWhatIsSuggested(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.Files = append(f.Files, map[string]any{"filename": "other.go", "status": "modified"}, map[string]any{"filename": "gone.go", "status": "removed"})
	f.show("a.go", text, 10, 40)
	f.show("a.go", text, 100, 120)
	unsafe := finding("d4", "a.go", text, 30, 31)
	unsafe.Fix.Applicability, unsafe.Fix.Because = "unsafe", "it may block"
	r := reportOf(
		finding("a1", "a.go", text, 20, 21),
		finding("b2", "a.go", text, 15, 16, 110),
		finding("c3", "a.go", text, 60, 61),
		unsafe,
		finding("e5", "a.go", text, 39, 40, 42), // grows out of the hunk
	)
	out, err := f.post(t, r, map[string]string{"a.go": text}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if out.Posted != 4 || out.Elsewhere != 1 || f.Reviews != 1 || len(f.Issue) != 1 {
		t.Errorf("%+v, %d reviews, %d summaries", out, f.Reviews, len(f.Issue))
	}
	for _, c := range f.Review {
		body := c["body"].(string)
		suggests := strings.Contains(body, "suggestion\n")
		if want := strings.Contains(body, "fp=a1 "); suggests != want {
			t.Errorf("suggests: %v\n%s", suggests, body)
		}
		if !suggests && !strings.Contains(body, "lockfix fix") || strings.Contains(body, "<still>") || strings.Contains(body, "Map[int](") || strings.Contains(body, "@all") {
			t.Errorf("%s", body)
		}
		if strings.Contains(body, "fp=d4") && !strings.Contains(body, "--unsafe --only d4") {
			t.Errorf("%s", body)
		}
		if suggests {
			checkSuggestion(t, text, r.Findings[0], c)
		}
	}
}

// checkSuggestion accepts a suggestion as GitHub does: the lines are replaced by
// the text in the fence, verbatim.
func checkSuggestion(t *testing.T, text string, f report.Finding, c map[string]any) {
	t.Helper()
	body := c["body"].(string)
	opening := body[strings.Index(body, "```"):]
	fence := opening[:strings.Index(opening, "suggestion")]
	_, inner, _ := strings.Cut(body, fence+"suggestion\n")
	inner, _, closed := strings.Cut(inner, "\n"+fence+"\n")
	if !closed || strings.Contains(inner, fence) {
		t.Errorf("the fence is not clear:\n%s", body)
	}
	last := int(c["line"].(float64))
	first := last
	if s, ok := c["start_line"].(float64); ok {
		first = int(s)
	}
	lines := strings.SplitAfter(text, "\n")
	got := strings.Join(lines[:first-1], "") + inner + "\n" + strings.Join(lines[last:], "")
	changes, err := report.Changes(f.Fix, func(string) []byte { return []byte(text) })
	if err != nil || got != string(changes[0].After) {
		t.Errorf("accepted it gives\n%s", diffs.Unified([]diffs.Change{{Path: "a", Before: changes[0].After, After: []byte(got)}}))
	}
}

// Run again nothing is posted twice; what is gone is said to be; what somebody
// has deleted does not come back; the summary is edited.
func TestRunAgain(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	dos := strings.ReplaceAll(text, "\n", "\r\n") // its fix, folded into the comment, is written in CRLF, too
	f.show("dos.go", dos, 10, 90)
	files := map[string]string{"a.go": text, "dos.go": dos}
	one, two, three := finding("a1", "a.go", text, 20, 21), finding("b2", "a.go", text, 40, 41), finding("c3", "a.go", text, 60, 61)
	four := finding("d4", "dos.go", dos, 20, 21, 31)
	if _, err := f.post(t, reportOf(one, two, three, four), files, 0); err != nil {
		t.Fatal(err)
	}
	f.Writes = nil
	out, err := f.post(t, reportOf(one, two, three, four), files, 0)
	if err != nil || out.Posted != 0 || out.Kept != 4 || len(f.Review) != 4 || len(f.Issue) != 1 {
		t.Fatalf("%+v, %v, %d comments", out, err, len(f.Review))
	}
	if len(f.Writes) > 1 { // the summary knows how many were posted
		t.Errorf("written again: %v", f.Writes)
	}
	f.Review = f.Review[:2] // somebody deletes the others
	out, err = f.post(t, reportOf(two, three), files, 0)
	if err != nil || out.Posted != 0 || out.Resolved != 1 || len(f.Review) != 2 {
		t.Fatalf("%+v, %v, %d comments", out, err, len(f.Review))
	}
	if body := f.Review[0]["body"].(string); !strings.Contains(body, "This finding is gone") {
		t.Error(body)
	}
	two.Message = "another text"
	out, err = f.post(t, reportOf(two, three), files, 0)
	if err != nil || out.Updated != 1 || out.Resolved != 0 || !strings.Contains(f.Review[1]["body"].(string), "another text") {
		t.Fatalf("%+v, %v, %v", out, err, f.Review[1])
	}
}

// What is gone and comes back is told again, in its old place.
func TestAFindingThatComesBack(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	files := map[string]string{"a.go": text}
	one := finding("a1", "a.go", text, 20, 21)
	for _, r := range []report.Report{reportOf(one), reportOf(), reportOf(one)} {
		if _, err := f.post(t, r, files, 0); err != nil {
			t.Fatal(err)
		}
	}
	if body := f.Review[0]["body"].(string); len(f.Review) != 1 || strings.Contains(body, "gone") || !strings.Contains(body, "still") {
		t.Errorf("%d comments: %s", len(f.Review), body)
	}
}

// What GitHub takes nowhere loses nothing else, and the summary counts it.
func TestARefusedCommentIsCounted(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	f.show("b.go", text, 10, 90)
	delete(f.Shown, "b.go")
	files := map[string]string{"a.go": text, "b.go": text}
	out, err := f.post(t, reportOf(finding("a1", "b.go", text, 20, 21), finding("b2", "a.go", text, 20, 21)), files, 0)
	if err != nil || out.Posted != 1 || out.Elsewhere != 1 || len(f.Review) != 1 {
		t.Fatalf("%+v, %v, %v", out, err, f.Review)
	}
	if body := f.Issue[0]["body"].(string); strings.Contains(body, "a1") || !strings.Contains(body, "1 of them") {
		t.Error(body)
	}
}

// A fix that is longer than a comment may be is not in it.
func TestALongFix(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	one := finding("a1", "a.go", text, 20, 21, 60)
	one.Fix.Edits[0].New = strings.Repeat("x", 70_000) + "\n"
	if _, err := f.post(t, reportOf(one), map[string]string{"a.go": text}, 0); err != nil {
		t.Fatal(err)
	}
	if body := f.Review[0]["body"].(string); len(body) > 1000 || !strings.Contains(body, "too long") {
		t.Errorf("%d bytes: %.300s", len(body), body)
	}
}

// GitHub may refuse a review for reasons of its own: then its comments are
// posted one by one, and on the file where the line is refused.
func TestOneBadCommentDoesNotLoseTheOthers(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	f.Shown["a.go"][0] = [2]int{10, 50} // it has changed its mind
	files := map[string]string{"a.go": text}
	out, err := f.post(t, reportOf(finding("a1", "a.go", text, 20, 21), finding("b2", "a.go", text, 70, 71)), files, 0)
	if err != nil || out.Posted != 2 || len(f.Review) != 2 || f.Review[1]["subject_type"] != "file" {
		t.Errorf("%+v, %v, %v", out, err, f.Review)
	}
}

func TestTheSurestComeFirstWithinTheLimit(t *testing.T) {
	f, text := newGitHub(t), source(400)
	f.show("a.go", text, 1, 390)
	var all []report.Finding
	for n := range 35 {
		one := finding(fmt.Sprintf("%02x", n), "a.go", text, 10*n+10, 10*n+11)
		if n%2 == 0 {
			one.Confidence = "medium"
		}
		all = append(all, one)
	}
	out, err := f.post(t, reportOf(all...), map[string]string{"a.go": text}, 10)
	if err != nil || out.Posted != 10 || out.Over != 25 {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, c := range f.Review {
		if !strings.Contains(c["body"].(string), "high confidence") {
			t.Errorf("%s", c["body"])
		}
	}
	f.Review, f.Issue = nil, nil
	out, err = f.post(t, reportOf(all...), map[string]string{"a.go": text}, 100)
	if err != nil || out.Posted != 35 || f.Reviews != 3 {
		t.Errorf("%+v, %v, %d reviews", out, err, f.Reviews)
	}
}

// What was checked is not the head of the pull request: its lines mean nothing.
func TestAnotherTextIsNotCommentedOn(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	moved := "a new line\n" + text
	out, err := f.post(t, reportOf(finding("a1", "a.go", moved, 20, 21)), map[string]string{"a.go": moved}, 0)
	if err != nil || out.Posted != 0 || out.Elsewhere != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// A run over other packages, or with other rules, does not know that a finding is gone.
func TestAnotherRunLeavesTheCommentsOfTheFirst(t *testing.T) {
	f := newGitHub(t)
	text := source(100)
	f.show("a.go", text, 10, 40)
	where := comment.GitHub{API: f.URL, Token: "secret", Owner: "o", Repo: "r", Number: 7}
	opts := comment.Options{Report: reportOf(finding("a1", "a.go", text, 20)), Sources: func(string) []byte { return []byte(text) }}
	if out, err := where.Post(t.Context(), opts); err != nil || out.Posted != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	opts.Report = reportOf()
	for _, looked := range []bool{false, true} {
		opts.Looked = func(file, rule string) bool {
			if file != "a.go" || rule != "lostunlock" {
				t.Errorf("asked of %s in %s", rule, file)
			}
			return looked
		}
		if out, err := where.Post(t.Context(), opts); err != nil || (out.Resolved == 1) != looked {
			t.Errorf("looked %v: %+v, %v", looked, out, err)
		}
	}
}

// The service gives no diff of a large file: git does, and where that cannot, the summary says so.
func TestAWithheldDiff(t *testing.T) {
	for _, known := range []bool{true, false} {
		f := newGitHub(t)
		text := source(100)
		f.show("a.go", text, 10, 40)
		patch := f.Files[0]["patch"].(string)
		f.Files[0]["patch"], f.Files[0]["changes"] = nil, 30_000
		where := comment.GitHub{API: f.URL, Token: "secret", Owner: "o", Repo: "r", Number: 7}
		out, err := where.Post(t.Context(), comment.Options{
			Report: reportOf(finding("a1", "a.go", text, 20, 21), finding("b2", "a.go", text, 90)), Sources: func(string) []byte { return []byte(text) },
			Diff: func(_ context.Context, _, head, _, path string) string {
				if !known || head != f.Head || path != "a.go" {
					return ""
				}
				return "diff --git a/a.go b/a.go\n--- a/a.go\n+++ b/a.go\n" + patch + "\n"
			},
		})
		told := strings.Contains(f.Issue[0]["body"].(string), "2 are in files of this change whose diff is too large")
		if err != nil || known == told || known && (out.Posted != 1 || out.Elsewhere != 1) || !known && out.Withheld != 2 {
			t.Errorf("known %v: %+v, %v, %v", known, out, err, f.Issue)
		}
	}
}

func TestAReadOnlyTokenAndALimit(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	f.Limited = 2
	files, r := map[string]string{"a.go": text}, reportOf(finding("a1", "a.go", text, 20, 21))
	f.ReadOnly = true
	_, err := f.post(t, r, files, 0)
	if !errors.Is(err, comment.ErrReadOnly) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	f.ReadOnly, f.Limited = false, 1
	if out, err := f.post(t, r, files, 0); err != nil || out.Posted != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestADryRunWritesNothing(t *testing.T) {
	f, text := newGitHub(t), source(200)
	f.show("a.go", text, 10, 90)
	var printed strings.Builder
	where := comment.GitHub{API: f.URL, Token: "secret", Owner: "o", Repo: "r", Number: 7, Dry: &printed}
	r := reportOf(finding("a1", "a.go", text, 20, 21))
	out, err := where.Post(t.Context(), comment.Options{Report: r, Sources: func(string) []byte { return []byte(text) }})
	if err != nil || out.Posted != 1 || len(f.Writes) > 0 {
		t.Errorf("%+v, %v, %v", out, err, f.Writes)
	}
	if got := printed.String(); !strings.Contains(got, "POST "+f.URL+"/repos/o/r/pulls/7/reviews\n") || strings.Contains(got, "secret") {
		t.Errorf("%s", got)
	}
}
