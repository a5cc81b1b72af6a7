package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

// verify makes every change that is offered, on a copy of the target, and
// reports whether the copy is as good as the original. The changes are asked of
// the original: the answer of the check before is still in the cache.
func verify(w io.Writer, bin string, t target, opts options) bool {
	c, err := copyOf(t)
	if err != nil {
		fmt.Fprintf(w, "  verify: %v\n", err)
		return false
	}
	defer os.RemoveAll(c.scratch)
	args := []string{"diff", "--color=never", "--enable", everyRule()}
	if opts.unsafe {
		args = append(args, "--unsafe")
	}
	diff, _, err := t.lockfix(bin, append(args, t.pattern)...)
	if err != nil {
		fmt.Fprintf(w, "  verify: %v\n", err)
		return false
	}
	files := changedFiles(diff)
	fmt.Fprintf(w, "  verify: %d files change\n", len(files))
	if len(files) == 0 {
		return true
	}
	if err := errors.Join(c.apply(diff, files), c.builds(files), c.isSilent(bin, append(args, packagesOf(files)...))); err != nil {
		fmt.Fprintf(w, "  verify: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
		return false
	}
	if opts.test {
		if err := c.tests(w, files); err != nil {
			fmt.Fprintf(w, "  verify: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
			return false
		}
		fmt.Fprintf(w, "  verify: the tests that passed before pass with -race\n")
	}
	fmt.Fprintf(w, "  verify: git applies it, it builds, gofmt and vet say no more than before, every comment is there, a second run is silent\n")
	return true
}

// A workcopy is a target that may be written to, and the original beside it.
type workcopy struct {
	target
	original string
	scratch  string
}

func copyOf(t target) (workcopy, error) {
	scratch, err := os.MkdirTemp("", "lockfix-verify-")
	if err != nil {
		return workcopy{}, err
	}
	c := workcopy{t, t.dir, scratch}
	c.dir = filepath.Join(scratch, "copy")
	return c, pinned.Copy(c.dir, t.dir)
}

// changedFiles are the files that a diff names.
func changedFiles(diff []byte) (files []string) {
	for line := range strings.Lines(string(diff)) {
		if name, ok := strings.CutPrefix(line, "+++ b/"); ok {
			files = append(files, strings.TrimRight(name, "\t\n"))
		}
	}
	return files
}

// apply applies the diff as a user would, and looks at each file.
func (c workcopy) apply(diff []byte, files []string) error {
	for _, args := range [][]string{{"--check"}, {}} {
		cmd := exec.Command("git", append([]string{"apply", "--whitespace=nowarn"}, args...)...)
		cmd.Dir, cmd.Stdin = c.dir, bytes.NewReader(diff)
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+c.scratch)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git apply %v: %w\n%s", args, err, out)
		}
	}
	var all []error
	for _, file := range files {
		if err := c.compare(file); err != nil {
			all = append(all, fmt.Errorf("%s: %w", file, err))
		}
	}
	return errors.Join(all...)
}

func (c workcopy) compare(file string) error {
	before, err := os.ReadFile(filepath.Join(c.original, file))
	if err != nil {
		return err
	}
	after, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		return err
	}
	return errors.Join(sameComments(before, after), sameFormat(before, after))
}

// builds compiles the packages of the changed files, and vets them with their
// tests; vet must not say more than it says of the original.
func (c workcopy) builds(files []string) error {
	args := append([]string{"-copylocks", "-lostcancel", "-waitgroup", "-unusedresult"}, packagesOf(files)...)
	after, afterErr := vet(c.dir, args)
	if afterErr == nil {
		return nil
	}
	before, beforeErr := vet(c.original, args)
	if beforeErr != nil && strings.Count(after, "\n") <= strings.Count(before, "\n") {
		return nil
	}
	return fmt.Errorf("go vet says more than of the original:\n%s", after)
}

func vet(dir string, args []string) (string, error) {
	cmd := exec.Command("go", append([]string{"vet"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// isSilent runs again on the changed packages of the copy. The verification of
// the fixes has looked at those that need them.
func (c workcopy) isSilent(bin string, args []string) error {
	again, _, err := c.lockfix(bin, args...)
	if err != nil {
		return err
	}
	if len(again) > 0 {
		return fmt.Errorf("a second run goes on:\n%s", again)
	}
	return nil
}
