//go:build unix

package hook_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/hook"
	"github.com/lockfix/lockfix/rewrite/load"
)

// lost has a finding, whose fix is safe.
const lost = `package p

import "sync"

type T struct {
	mu sync.Mutex
	n  int
}

func (t *T) Get() int {
	t.mu.Lock()
	if t.n == 0 {
		return 0
	}
	t.mu.Unlock()
	return t.n
}
`

// Who presses Ctrl-C when the first file is staged gets all files, in the index and the working tree:
// a file that has its fix in one of them alone would take it back with the next commit.
func TestCtrlCBetweenIndexAndTree(t *testing.T) {
	dir := t.TempDir()
	real, err := exec.LookPath("git")
	if err != nil {
		t.Skip(err)
	}
	git := func(args ...string) string {
		cmd := exec.Command(real, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	files := []string{"a/a.go", "b/b.go", "c/c.go"}
	put := func(name, text string) {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	put("go.mod", "module example.com/m\n\ngo 1.24\n")
	for _, name := range files {
		put(name, lost)
	}
	git("add", "-A")

	// This git tells that it stages a file, and goes on when the run has been cancelled.
	bin := t.TempDir()
	wrapper := "#!/bin/sh\nif [ \"$1\" = update-index ]; then touch " + bin + "/stages; while [ ! -e " + bin + "/cancelled ]; do sleep 0.01; done; fi\nexec " + real + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(wrapper), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(bin, "stages")); err == nil || ctx.Err() != nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
		os.WriteFile(filepath.Join(bin, "cancelled"), nil, 0o666)
	}()
	result, err := hook.Run(ctx, hook.Options{Dir: dir, Fix: true, Configured: func(dir string) (rewrite.Options, error) {
		return rewrite.Options{Enable: []string{"lostunlock"}, Load: load.Config{Dir: dir}}, nil
	}})
	cancel()
	if err != nil || len(result.Fixed) != len(files) {
		t.Fatalf("%+v, %v", result, err)
	}
	for _, name := range files {
		tree, _ := os.ReadFile(filepath.Join(dir, name))
		if index := git("show", ":"+name); index != string(tree) || strings.Count(index, "t.mu.Unlock()") != 2 {
			t.Errorf("%s: the index has\n%s\nthe working tree\n%s", name, index, tree)
		}
	}
}
