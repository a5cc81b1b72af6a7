package comment_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// A fakeGitHub is one pull request, with the rules of the service.
type fakeGitHub struct {
	t        *testing.T
	head     string
	files    []map[string]any
	shown    map[string][][2]int // path → hunks
	review   []map[string]any    // comments on lines and files
	issue    []map[string]any
	reviews  int
	readOnly bool
	limited  int // answers with "come back" that are left
	bogus    int // reviews that are refused without a reason
	writes   []string
	url      string
}

func newGitHub(t *testing.T) *fakeGitHub {
	f := &fakeGitHub{t: t, head: "abc", shown: map[string][][2]int{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer secret" {
		f.t.Errorf("%s %s: authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}
	if f.limited > 0 {
		f.limited--
		w.Header().Set("Retry-After", "0")
		http.Error(w, `{"message": "You have exceeded a secondary rate limit"}`, http.StatusForbidden)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/repos/o/r")
	if r.Method != http.MethodGet {
		f.write(w, r, path)
		return
	}
	switch path {
	case "/pulls/7":
		answer(w, map[string]any{"head": map[string]any{"sha": f.head}})
	case "/pulls/7/files":
		f.page(w, r, f.files)
	case "/pulls/7/comments":
		f.page(w, r, f.review)
	case "/issues/7/comments":
		f.page(w, r, f.issue)
	default:
		http.NotFound(w, r)
	}
}

// page answers with at most two at a time, so that pages are turned.
func (f *fakeGitHub) page(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	const size = 2
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	n = max(1, n)
	from, to := min(len(all), (n-1)*size), min(len(all), n*size)
	if to < len(all) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, f.url, r.URL.Path, n+1))
	}
	answer(w, append([]map[string]any{}, all[from:to]...))
}

func (f *fakeGitHub) write(w http.ResponseWriter, r *http.Request, path string) {
	if f.readOnly {
		http.Error(w, `{"message": "Resource not accessible by integration"}`, http.StatusForbidden)
		return
	}
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		f.t.Error(err)
	}
	f.writes = append(f.writes, r.Method+" "+path)
	switch {
	case path == "/pulls/7/reviews":
		f.postReview(w, body)
	case path == "/pulls/7/comments":
		if why := f.bad(body); why != "" {
			unprocessable(w, why)
			return
		}
		f.add(body)
		answer(w, body)
	case path == "/issues/7/comments":
		body["id"] = 1000 + len(f.issue)
		f.issue = append(f.issue, body)
		answer(w, body)
	case r.Method == http.MethodPatch:
		f.patch(w, path, body)
	default:
		http.NotFound(w, r)
	}
}

// postReview takes all comments or none.
func (f *fakeGitHub) postReview(w http.ResponseWriter, body map[string]any) {
	if f.bogus > 0 {
		f.bogus--
		unprocessable(w, "Validation Failed")
		return
	}
	if body["event"] != "COMMENT" || body["body"] == "" || body["commit_id"] != f.head {
		unprocessable(w, "event, body and commit_id")
		return
	}
	comments, _ := body["comments"].([]any)
	if len(comments) > 30 {
		unprocessable(w, "too many comments")
		return
	}
	for _, c := range comments {
		if why := f.bad(c.(map[string]any)); why != "" {
			unprocessable(w, why)
			return
		}
	}
	for _, c := range comments {
		f.add(c.(map[string]any))
	}
	f.reviews++
	answer(w, map[string]any{"id": f.reviews})
}

func (f *fakeGitHub) add(c map[string]any) {
	c["id"] = 1 + len(f.review)
	f.review = append(f.review, c)
}

// bad says why GitHub would not take a comment.
func (f *fakeGitHub) bad(c map[string]any) string {
	path, _ := c["path"].(string)
	if c["subject_type"] == "file" {
		if f.shown[path] == nil {
			return "path is not part of the diff"
		}
		return ""
	}
	if c["position"] != nil || c["side"] != "RIGHT" {
		return "side and no position"
	}
	line := int(c["line"].(float64))
	start := line
	if s, ok := c["start_line"].(float64); ok {
		start = int(s)
		if start >= line || c["start_side"] != "RIGHT" {
			return "start_line must precede line"
		}
	}
	for _, h := range f.shown[path] {
		if h[0] <= start && line <= h[1] {
			return ""
		}
	}
	return "line must be part of the diff"
}

func (f *fakeGitHub) patch(w http.ResponseWriter, path string, body map[string]any) {
	id, _ := strconv.Atoi(path[strings.LastIndex(path, "/")+1:])
	for _, all := range [][]map[string]any{f.review, f.issue} {
		for _, c := range all {
			if c["id"] == id {
				c["body"] = body["body"]
				answer(w, c)
				return
			}
		}
	}
	w.WriteHeader(http.StatusNotFound)
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func unprocessable(w http.ResponseWriter, why string) {
	w.WriteHeader(http.StatusUnprocessableEntity)
	answer(w, map[string]any{"message": why})
}
