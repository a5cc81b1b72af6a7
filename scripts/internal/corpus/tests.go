package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// testTime is for the tests of one package, the build not counted.
const testTime = "10m"

// tests runs the tests of the packages whose files changed, under the race
// detector, all at once: they share what is built. A test that fails must have
// failed before, too: it can need a network, or a machine that is faster. One
// that fails only now and then passes when it is run again.
func (c workcopy) tests(w io.Writer, files []string) error {
	after := race(c.dir, packagesOf(files), nil)
	if len(after) == 0 {
		return nil
	}
	before := race(c.original, packagesOf(files), after)
	var lost []failure
	for _, f := range after {
		if !slices.ContainsFunc(before, f.same) {
			lost = append(lost, f)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	var told []string
	for _, f := range race(c.dir, packagesOf(files), lost) {
		if slices.ContainsFunc(lost, f.same) {
			told = append(told, fmt.Sprintf("%s of %s passed before and fails now:\n%s", f.name(), f.Package, f.output))
		}
	}
	if len(told) == 0 {
		fmt.Fprintf(w, "  verify: %d tests failed once and passed when they were run again\n", len(lost))
		return nil
	}
	return fmt.Errorf("%s", strings.Join(told, "\n"))
}

// A failure is a test, or a whole package, that does not pass.
type failure struct {
	Package, Test string
	output        string
}

func (f failure) same(other failure) bool { return f.Package == other.Package && f.Test == other.Test }

func (f failure) name() string {
	if f.Test == "" {
		return "the test program"
	}
	return f.Test
}

// race runs tests and returns those that fail: of the packages all, or only
// those that failed elsewhere. What is told of a package counts only where none
// of its tests failed: it does not build, or ends before its time.
func race(dir string, packages []string, only []failure) []failure {
	args := []string{"test", "-json", "-race", "-short", "-timeout", testTime}
	if run := patternOf(only); run != "" {
		args = append(args, "-run", run)
	}
	cmd := exec.Command("go", append(args, packages...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, _ := cmd.Output() // that a test failed stands in the output
	return failures(out)
}

// patternOf matches the top-level tests that failed; "" where a whole package did.
func patternOf(only []failure) string {
	var names []string
	for _, f := range only {
		if f.Test == "" {
			return ""
		}
		top, _, _ := strings.Cut(f.Test, "/")
		names = append(names, top)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return ""
	}
	return "^(" + strings.Join(slices.Compact(names), "|") + ")$"
}

// failures reads what go test -json tells.
func failures(out []byte) (all []failure) {
	texts := map[failure]*strings.Builder{}
	failed := map[string]bool{} // packages of which a test did
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var event struct{ Action, Package, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		f := failure{Package: event.Package, Test: event.Test}
		switch event.Action {
		case "output":
			if texts[f] == nil {
				texts[f] = &strings.Builder{}
			}
			texts[f].WriteString(event.Output)
		case "fail":
			if event.Test == "" && failed[event.Package] {
				continue
			}
			failed[event.Package] = true
			all = append(all, f)
		}
	}
	for i, f := range all {
		if text := texts[f]; text != nil {
			all[i].output = text.String()
		}
	}
	return all
}

// packagesOf are the folders of files as patterns of the go command, sorted.
func packagesOf(files []string) (patterns []string) {
	for _, file := range files {
		patterns = append(patterns, "./"+filepath.ToSlash(filepath.Dir(file)))
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}
