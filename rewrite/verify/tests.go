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

// Tests runs the tests of packages with other texts of some files, by their
// absolute paths; with race under the race detector. The files on disk are not
// touched. The error is for tests that fail, if they do not fail without the
// texts as well: of those that did before nothing can be learned.
//
// Packages are patterns of the go command in dir; a nil env is the process's.
func Tests(ctx context.Context, dir string, env []string, race bool, packages []string, after map[string][]byte) error {
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
	if race {
		args = append(args, "-race")
	}
	out, err := goTest(ctx, dir, env, slices.Concat(args, []string{"-overlay=" + overlay}, packages))
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if _, before := goTest(ctx, dir, env, slices.Concat(args, packages)); before != nil {
		return ErrFailBefore
	}
	return fmt.Errorf("the tests fail with the fixes, and pass without them:\n%s", tail(out))
}

// ErrFailBefore is returned where tests fail without the fixes, too.
var ErrFailBefore = errors.New("the tests fail already, without the fixes: they say nothing")

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
