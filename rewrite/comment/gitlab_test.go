package comment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/comment"
)

// A fakeGitLab is one merge request: a discussion stands on a line of the diff,
// and on a line that is not new both numbers are named.
type fakeGitLab struct {
	t           *testing.T
	patch       string
	collapsed   bool // the diff is not given
	first, last int  // lines that the diff shows; the last one is new
	discussions []map[string]any
	resolved    []string
}

func (f *fakeGitLab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Private-Token") != "secret" {
		f.t.Errorf("%s %s: no token", r.Method, r.URL)
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/v4/projects/9/merge_requests/7")
	var body map[string]any
	json.NewDecoder(r.Body).Decode(&body)
	switch r.Method + " " + path {
	case "GET ":
		answer(w, map[string]any{"diff_refs": map[string]any{"base_sha": "b", "start_sha": "s", "head_sha": "h"}})
	case "GET /diffs":
		if f.collapsed {
			answer(w, []map[string]any{{"new_path": "a.go", "old_path": "was.go", "diff": "", "collapsed": true}})
			return
		}
		answer(w, []map[string]any{{"new_path": "a.go", "old_path": "was.go", "diff": f.patch}})
	case "GET /discussions":
		answer(w, f.discussions)
	case "POST /discussions":
		if why := f.bad(body); why != "" {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]any{"message": why})
			return
		}
		answer(w, f.add(body))
	case "POST /notes":
		answer(w, f.add(body)["notes"].([]any)[0])
	default:
		if id, ok := strings.CutPrefix(path, "/discussions/"); ok && r.Method == http.MethodPut {
			f.resolved = append(f.resolved, id)
			answer(w, map[string]any{"id": id})
			return
		}
		if r.Method == http.MethodPut {
			answer(w, map[string]any{"id": 1})
			return
		}
		f.t.Errorf("%s %s", r.Method, r.URL)
	}
}

func (f *fakeGitLab) add(body map[string]any) map[string]any {
	id := len(f.discussions) + 1
	note := map[string]any{"id": id, "body": body["body"], "position": body["position"]}
	d := map[string]any{"id": fmt.Sprintf("d%d", id), "notes": []any{note}}
	f.discussions = append(f.discussions, d)
	return d
}

func (f *fakeGitLab) bad(body map[string]any) string {
	at, ok := body["position"].(map[string]any)
	if !ok {
		return ""
	}
	line := int(at["new_line"].(float64))
	isNew := line == f.last
	switch {
	case at["base_sha"] != "b" || at["start_sha"] != "s" || at["head_sha"] != "h" || at["position_type"] != "text":
		return "position"
	case at["new_path"] != "a.go" || at["old_path"] != "was.go" || line < f.first || line > f.last:
		return "line_code can't be blank"
	case (at["old_line"] == nil) != isNew:
		return "old_line"
	}
	return ""
}

func TestGitLab(t *testing.T) {
	text := source(200)
	github := newGitHub(t)
	github.show("a.go", text, 10, 40)
	f := &fakeGitLab{t: t, patch: github.Files[0]["patch"].(string), first: 10, last: 40}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	where := comment.GitLab{API: server.URL + "/api/v4", Token: "secret", Project: "9", Number: 7}
	opts := comment.Options{
		Report:  reportOf(finding("a1", "a.go", text, 20, 21), finding("b2", "a.go", text, 40), finding("c3", "a.go", text, 100, 101)),
		Sources: func(string) []byte { return []byte(text) },
	}
	out, err := where.Post(t.Context(), opts)
	if err != nil || out.Posted != 2 || out.Elsewhere != 1 || len(f.discussions) != 3 {
		t.Fatalf("%+v, %v, %v", out, err, f.discussions)
	}
	first := f.discussions[0]["notes"].([]any)[0].(map[string]any)
	if body := first["body"].(string); !strings.Contains(body, "suggestion:-") || !strings.Contains(body, "+0\n") {
		t.Error(body)
	}
	opts.Report = reportOf(opts.Report.Findings[1:]...)
	out, err = where.Post(t.Context(), opts)
	if err != nil || out.Posted != 0 || out.Resolved != 1 || len(f.discussions) != 3 || f.resolved[0] != "d1" {
		t.Errorf("%+v, %v, resolved %v", out, err, f.resolved)
	}
}

// A collapsed diff is that of git, from the commit on which the merge request rests.
func TestGitLabCollapses(t *testing.T) {
	text := source(200)
	github := newGitHub(t)
	github.show("a.go", text, 10, 40)
	f := &fakeGitLab{t: t, patch: github.Files[0]["patch"].(string), first: 10, last: 40, collapsed: true}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	where := comment.GitLab{API: server.URL + "/api/v4", Token: "secret", Project: "9", Number: 7}
	out, err := where.Post(t.Context(), comment.Options{
		Report: reportOf(finding("a1", "a.go", text, 20, 21)), Sources: func(string) []byte { return []byte(text) },
		Diff: func(_ context.Context, base, head, oldPath, path string) string {
			if base != "b" || head != "h" || oldPath != "was.go" || path != "a.go" {
				t.Error(base, head, oldPath, path)
			}
			return f.patch
		},
	})
	if err != nil || out.Posted != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}
