// Package fakegithub is the service as tests need it: one pull request, and the rules
// of GitHub about what may be commented on. A line outside of the diff is refused, one
// bad comment loses its review, a list comes in pages, and a token may be read-only.
package fakegithub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A PullRequest is number 7 of the repository o/r, for who comes with the token
// "secret".
type PullRequest struct {
	URL     string
	Head    string
	Files   []map[string]any
	Shown   map[string][][2]int // path → hunks, as first and last line
	Review  []map[string]any    // comments on lines and files
	Issue   []map[string]any    // those below the pull request
	Reviews int
	Writes  []string // requests that were to change something

	Load     func() // is called before the first answer: makes the pull request
	ReadOnly bool
	Limited  int // answers with "come back" that are left
	Bogus    int // reviews that are refused without a reason

	t  testing.TB
	mu sync.Mutex
}

// New starts the service, until the test is over.
func New(t testing.TB) *PullRequest {
	f := &PullRequest{t: t, Head: "abc", Shown: map[string][][2]int{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

// Show makes a file part of the pull request: patch is its hunks, as GitHub has them.
func (f *PullRequest) Show(path, patch string) {
	f.Files = append(f.Files, map[string]any{"filename": path, "status": "modified", "patch": strings.TrimSuffix(patch, "\n")})
	for _, hunk := range hunkHead.FindAllStringSubmatch(patch, -1) {
		first, _ := strconv.Atoi(hunk[1])
		lines := 1
		if hunk[2] != "" {
			lines, _ = strconv.Atoi(hunk[2])
		}
		f.Shown[path] = append(f.Shown[path], [2]int{first, first + lines - 1})
	}
}

var hunkHead = lazyregexp.New(`(?m)^@@ -[0-9,]+ \+([0-9]+)(?:,([0-9]+))? @@`)

// ServeHTTP implements http.Handler.
func (f *PullRequest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Load != nil {
		f.Load()
		f.Load = nil
	}
	if r.Header.Get("Authorization") != "Bearer secret" {
		f.t.Errorf("%s %s: authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}
	if f.Limited > 0 {
		f.Limited--
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
		answer(w, map[string]any{"head": map[string]any{"sha": f.Head}})
	case "/pulls/7/files":
		f.page(w, r, f.Files)
	case "/pulls/7/comments":
		f.page(w, r, f.Review)
	case "/issues/7/comments":
		f.page(w, r, f.Issue)
	default:
		http.NotFound(w, r)
	}
}

// page answers with at most two at a time, so that pages are turned.
func (f *PullRequest) page(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	const size = 2
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	n = max(1, n)
	from, to := min(len(all), (n-1)*size), min(len(all), n*size)
	if to < len(all) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, f.URL, r.URL.Path, n+1))
	}
	answer(w, append([]map[string]any{}, all[from:to]...))
}

func (f *PullRequest) write(w http.ResponseWriter, r *http.Request, path string) {
	if f.ReadOnly {
		http.Error(w, `{"message": "Resource not accessible by integration"}`, http.StatusForbidden)
		return
	}
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		f.t.Error(err)
	}
	f.Writes = append(f.Writes, r.Method+" "+path)
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
		body["id"] = 1000 + len(f.Issue)
		f.Issue = append(f.Issue, body)
		answer(w, body)
	case r.Method == http.MethodPatch:
		f.patch(w, path, body)
	default:
		http.NotFound(w, r)
	}
}

// postReview takes all comments or none.
func (f *PullRequest) postReview(w http.ResponseWriter, body map[string]any) {
	if f.Bogus > 0 {
		f.Bogus--
		unprocessable(w, "Validation Failed")
		return
	}
	if body["event"] != "COMMENT" || body["body"] == "" || body["commit_id"] != f.Head {
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
	f.Reviews++
	answer(w, map[string]any{"id": f.Reviews})
}

func (f *PullRequest) add(c map[string]any) {
	c["id"] = 1 + len(f.Review)
	f.Review = append(f.Review, c)
}

// bad says why GitHub would not take a comment.
func (f *PullRequest) bad(c map[string]any) string {
	path, _ := c["path"].(string)
	if c["subject_type"] == "file" {
		if f.Shown[path] == nil {
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
	for _, h := range f.Shown[path] {
		if h[0] <= start && line <= h[1] {
			return ""
		}
	}
	return "line must be part of the diff"
}

func (f *PullRequest) patch(w http.ResponseWriter, path string, body map[string]any) {
	id, _ := strconv.Atoi(path[strings.LastIndex(path, "/")+1:])
	for _, all := range [][]map[string]any{f.Review, f.Issue} {
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
