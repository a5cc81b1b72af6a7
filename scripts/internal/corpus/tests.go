package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// testTime is for the tests of one package, the build not counted.
const testTime = "10m"

// tests runs the tests of the packages whose files changed, under the race
// detector. A package whose tests fail must have failed before, too: a test
// can need a network, or a machine that is faster.
func (c workcopy) tests(files []string) error {
	var all []error
	for _, pkg := range packagesOf(files) {
		after, err := race(c.dir, pkg)
		if err == nil {
			continue
		}
		if _, err := race(c.original, pkg); err != nil {
			continue
		}
		all = append(all, fmt.Errorf("the tests of %s passed before and fail now:\n%s", pkg, after))
	}
	return errors.Join(all...)
}

func race(dir, pkg string) (string, error) {
	cmd := exec.Command("go", "test", "-race", "-short", "-timeout", testTime, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// packagesOf are the folders of files as patterns of the go command, sorted.
func packagesOf(files []string) (patterns []string) {
	for _, file := range files {
		patterns = append(patterns, "./"+filepath.ToSlash(filepath.Dir(file)))
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}
