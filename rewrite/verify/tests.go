package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A Run says which tests are run, and how.
type Run struct {
	Dir      string
	Env      []string // nil: the process's
	Tags     []string
	Race     bool     // under the race detector
	Packages []string // patterns of the go command in Dir
}

// Tests runs the tests with other texts of some files, by their absolute paths. The
// files on disk are not touched. The error is a *Failed, or ErrFailBefore if they
// fail without the texts as well: of those nothing can be learned.
func (r Run) Tests(ctx context.Context, after map[string][]byte) error {
	temporary, err := os.MkdirTemp("", "lockfix-tests-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	overlay, err := writeOverlay(temporary, after)
	if err != nil {
		return fmt.Errorf("tests: %w", err)
	}
	args := []string{"test"}
	if r.Race {
		args = append(args, "-race")
	}
	if len(r.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(r.Tags, ","))
	}
	out, err := goTest(ctx, r.Dir, r.Env, slices.Concat(args, []string{"-overlay=" + overlay}, r.Packages))
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	// Of a package that fails already nothing can be learned; of the others it can.
	before, err := goTest(ctx, r.Dir, r.Env, slices.Concat(args, r.Packages))
	if err != nil && !newlyFails(failing(out), failing(before)) {
		return ErrFailBefore
	}
	return &Failed{tail(out)}
}

// failing are the packages that go test says FAIL of.
func failing(out string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, "FAIL\t"); ok {
			name, _, _ := strings.Cut(strings.TrimSpace(rest), "\t")
			name, _, _ = strings.Cut(name, " ") // "p [build failed]"
			all[name] = true
		}
	}
	return all
}

func newlyFails(now, before map[string]bool) bool {
	for name := range now {
		if !before[name] {
			return true
		}
	}
	return false
}

// ErrFailBefore is returned where tests fail without the fixes, too.
var ErrFailBefore = errors.New("the tests fail already, without the fixes: they say nothing")

// Failed is the error of tests that fail, and pass with the files on disk.
type Failed struct {
	Output string // the end of what they print
}

func (f *Failed) Error() string { return "the tests fail:\n" + f.Output }

func goTest(ctx context.Context, dir string, env, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func writeOverlay(dir string, after map[string][]byte) (string, error) {
	replace := map[string]string{}
	for path, text := range after {
		replace[path] = filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(replace[path], text, 0o600); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, list, 0o600)
}

// tail is the end of what tests print, where they say what went wrong.
func tail(out string) string {
	const lines = 40
	all := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
