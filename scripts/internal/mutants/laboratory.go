package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
)

// A laboratory breaks, repairs and tests, and counts.
type laboratory struct {
	bin      string
	dir      string // a copy of the module
	original string
	rules    []string // nil: those that run by default
	unsafe   bool
	findOnly bool
	out      io.Writer

	planted, found, repaired, tested, broken int
}

// round breaks one place of each function.
func (l *laboratory) round(n int, perFunction [][]mutant) error {
	var mutants []mutant
	for _, of := range perFunction {
		if n < len(of) {
			mutants = append(mutants, of[n])
		}
	}
	if len(mutants) == 0 {
		return nil
	}
	good, err := l.repairable(mutants)
	if err != nil || l.findOnly {
		return err
	}
	before, err := write(good)
	defer before.restore()
	if err != nil {
		return err
	}
	if _, err := l.lockfix("fix", good); err != nil {
		return err
	}
	return l.test(n, good)
}

// repairable returns the mutants that lockfix finds and offers a repair for;
// the others would only hang the tests.
func (l *laboratory) repairable(mutants []mutant) (good []mutant, err error) {
	before, err := write(mutants)
	defer before.restore()
	if err != nil {
		return nil, err
	}
	told, err := l.lockfix("check", mutants)
	if err != nil {
		return nil, err
	}
	for _, m := range mutants {
		l.planted++
		of := l.findingsOf(told, m)
		if len(of) == 0 {
			fmt.Fprintf(l.out, "not found: %s, %s\n", strings.TrimPrefix(m.file, l.dir), m.fn)
			continue
		}
		l.found++
		if !slices.ContainsFunc(of, l.stays) {
			good = append(good, m)
		}
	}
	l.repaired += len(good)
	return good, nil
}

func (l *laboratory) findingsOf(told report.Report, m mutant) (of []report.Finding) {
	for _, f := range told.Findings {
		if filepath.Join(l.dir, f.File) == m.file && f.Symbol == m.fn {
			of = append(of, f)
		}
	}
	return of
}

// stays reports whether `fix` leaves a finding.
func (l *laboratory) stays(f report.Finding) bool {
	safe := f.Fix.Applicability == "safe" || l.unsafe && f.Fix.Applicability == "unsafe"
	return f.Fix.Status != "fixable" || !safe
}

// lockfix runs a command over the packages of the mutants.
func (l *laboratory) lockfix(verb string, mutants []mutant) (told report.Report, err error) {
	args := []string{verb, "--format", "json"}
	if l.rules != nil {
		args = append(args, "--enable", strings.Join(l.rules, ","))
	}
	if verb == "fix" {
		args = append(args, "--allow-dirty")
		if l.unsafe {
			args = append(args, "--unsafe")
		}
	}
	args = append(args, l.packages(mutants)...)
	cmd := exec.Command(l.bin, args...)
	cmd.Dir = l.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return told, err
	}
	if err := json.Unmarshal(stdout.Bytes(), &told); err != nil {
		return told, fmt.Errorf("lockfix %s printed no report: %w\n%s", verb, err, &stderr)
	}
	return told, nil
}

// packages are those of the mutants, relative to the module.
func (l *laboratory) packages(mutants []mutant) (all []string) {
	for _, m := range mutants {
		rel, err := filepath.Rel(l.dir, m.pkg)
		if err != nil {
			rel = m.pkg
		}
		all = append(all, "./"+filepath.ToSlash(rel))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// test runs the tests of the repaired packages. Where they fail, the tests of
// the original decide whose fault it is.
func (l *laboratory) test(n int, mutants []mutant) error {
	for _, pkg := range l.packages(mutants) {
		l.tested++
		out, err := goTest(l.dir, pkg)
		if err == nil {
			continue
		}
		if _, err := goTest(l.original, pkg); err != nil {
			continue
		}
		l.broken++
		fmt.Fprintf(l.out, "round %d: the tests of %s pass on the original, not on the repaired code:\n%s\n", n, pkg, out)
	}
	return nil
}

func goTest(dir, pkg string) (string, error) {
	cmd := exec.Command("go", "test", "-short", "-timeout", "5m", pkg)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (l *laboratory) report() {
	fmt.Fprintf(l.out, "%d planted, %d found, %d repaired; the tests of %d packages run, %d broken by a repair\n",
		l.planted, l.found, l.repaired, l.tested, l.broken)
}
