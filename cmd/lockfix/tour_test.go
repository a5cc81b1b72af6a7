package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestTour goes the ways of scripts/tour, with a fake GitHub at hand.
func TestTour(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, program := range []string{"bash", "git", "timeout", "sha256sum"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	lockfix, err := exec.LookPath("lockfix") // that of the scripts
	if err != nil {
		lockfix = filepath.Join(t.TempDir(), "lockfix")
		if out, err := exec.Command("go", "build", "-o", lockfix, ".").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	server := httptest.NewServer(&pullRequest{t: t})
	t.Cleanup(server.Close)
	cmd := exec.Command("bash", filepath.Join("..", "..", "scripts", "tour"), lockfix)
	cmd.Env = append(os.Environ(), "GITHUB_API_URL="+server.URL, "GITHUB_TOKEN=secret", "XDG_CACHE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "== all is as it should be\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A pullRequest shows all of throttle/throttle.go and session/store.go as new.
// What GitHub refuses is the business of the tests of rewrite/comment.
type pullRequest struct {
	t        *testing.T
	mu       sync.Mutex
	comments []any
	summary  []any
}

func (p *pullRequest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var body map[string]any
	json.NewDecoder(r.Body).Decode(&body)
	var answer any = body
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, "/repos/o/r") {
	case "GET /pulls/7":
		answer = map[string]any{"head": map[string]any{"sha": "abc"}}
	case "GET /pulls/7/files":
		answer = []any{map[string]any{"filename": "session/store.go", "status": "added", "patch": p.patch("session/store.go")}}
	case "GET /pulls/7/comments":
		answer = append([]any{}, p.comments...)
	case "GET /issues/7/comments":
		answer = append([]any{}, p.summary...)
	case "POST /pulls/7/reviews":
		p.comments = append(p.comments, body["comments"].([]any)...)
	case "POST /issues/7/comments":
		p.summary = append(p.summary, body)
	case "PATCH /issues/comments/0":
	default:
		p.t.Errorf("%s %s", r.Method, r.URL)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

func (p *pullRequest) patch(name string) string {
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "example", filepath.FromSlash(name)))
	if err != nil {
		p.t.Error(err)
	}
	return "@@ -0,0 +1,999 @@\n+" + strings.ReplaceAll(strings.TrimSuffix(string(text), "\n"), "\n", "\n+")
}
