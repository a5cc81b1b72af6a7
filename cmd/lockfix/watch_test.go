package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A transcript is what a command has written so far; a reader waits for more.
type transcript struct {
	mu   sync.Mutex
	more *sync.Cond
	text string
	read int // where the next wait begins
}

func newTranscript() *transcript {
	t := new(transcript)
	t.more = sync.NewCond(&t.mu)
	return t
}

func (t *transcript) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text += string(text)
	t.more.Broadcast()
	return len(text), nil
}

// wait returns what was written up to the next time that want was.
func (t *transcript) wait(test *testing.T, want string) string {
	test.Helper()
	late := time.AfterFunc(2*time.Minute, func() { t.Write([]byte("\nTOO LATE\n")) })
	defer late.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		rest := t.text[t.read:]
		if at := strings.Index(rest, want); at >= 0 {
			t.read += at + len(want)
			return rest[:at+len(want)]
		}
		if strings.Contains(rest, "TOO LATE") {
			test.Fatalf("waited for %q, got\n%s", want, rest)
		}
		t.more.Wait()
	}
}

const watched = `package m

import "sync"

var mu sync.Mutex

func F() {
	mu.Lock()
	defer mu.Unlock()
}
`

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	rule := func(message string) string {
		return `{"id": "prints", "title": "t", "message": "` + message + `", "rationale": "r", "severity": "error", "confidence": "high",
 "category": "misuse", "since": "0.1.0", "stability": "stable", "match": {"pattern": "println($x)"}}`
	}
	write("go.mod", "module m\n\ngo 1.26\n")
	write("m.go", watched)
	write("other/other.go", "package other\n\nfunc G() { println(1) }\n")
	write("rules/prints.json", rule("it prints"))
	t.Setenv("LOCKFIX_CACHE", t.TempDir())
	out := newTranscript()
	cli := &CLI{Stdout: out, Stderr: out, Dir: dir, rules: []string{"rules"}, conf: "none"}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		err := cli.watch(ctx, &selection{format: "text", tests: true}, []string{"./..."})
		if err != nil {
			out.Write([]byte(err.Error() + "\nTOO LATE\n"))
		}
		done <- err
	}()
	out.wait(t, "it prints")
	out.wait(t, "1 finding in 2 packages")
	for _, step := range []struct{ name, file, text, want string }{
		{"a hazard is saved", "m.go", strings.Replace(watched, "mu.Unlock", "mu.Lock", 1), "2 findings in 2 packages"},
		{"it is mended", "m.go", watched, "1 finding in 2 packages"},
		{"a file that does not parse", "m.go", watched + "}", "expected declaration"},
		{"it parses", "m.go", watched, "1 finding in 2 packages"},
		{"a package more", "more/more.go", "package more\n\nfunc H() { println(2) }\n", "2 findings in 3 packages"},
		{"a save in it", "more/more.go", "package more\n\nfunc H() { println(2); println(3) }\n", "3 findings in 3 packages"},
		{"a bad rule", "rules/prints.json", rule("it prints $y"), "are kept"},
		{"the old rule finds", "more/more.go", "package more\n", "1 finding in 3 packages"},
		{"a new rule", "rules/prints.json", rule("no prints"), "no prints"},
	} {
		write(step.file, step.text)
		if text := out.wait(t, step.want); strings.Contains(text, "internal error") {
			t.Errorf("%s: %s", step.name, text)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
