// Command corpus runs lockfix over pinned real modules and holds what it finds
// against the verdicts of people, which stand in fixtures/corpus.tsv.
//
// A run prints what is new, gone or not judged yet, and the precision of each
// rule: true findings of all that are judged true or false. With -verify it
// also makes every change that is offered, on a copy, and asks whether the
// result is as good as the original.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

type options struct {
	root    string // of the prepared modules
	file    string // corpus.tsv
	prepare bool
	update  bool
	verify  bool
	unsafe  bool
	test    bool
	names   []string
}

func main() {
	var opts options
	flag.StringVar(&opts.root, "root", "", "folder of the prepared modules (default: lockfix/corpus in the user's cache)")
	flag.StringVar(&opts.file, "tsv", filepath.Join("fixtures", "corpus.tsv"), "the verdicts")
	flag.BoolVar(&opts.prepare, "prepare", false, "prepare the modules and stop")
	flag.BoolVar(&opts.update, "update", false, "write new findings to the verdicts as unjudged, and drop what is gone")
	flag.BoolVar(&opts.verify, "verify", false, "make every offered change on a copy and check the result")
	flag.BoolVar(&opts.unsafe, "unsafe", false, "with -verify: the unsafe changes too")
	flag.BoolVar(&opts.test, "test", false, "with -verify: run the tests of the changed packages, with -race, before and after")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: scripts/corpus [flags] [part of a module's path, or std]...\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	opts.names = flag.Args()
	ok, err := work(opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// work reports whether all findings are judged and nothing is worse than it was.
func work(opts options) (ok bool, err error) {
	if opts.root == "" {
		if opts.root, err = pinned.Root(); err != nil {
			return false, err
		}
	}
	targets, ok := targetsOf(opts)
	if opts.prepare {
		return ok, nil
	}
	bin, err := build()
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(filepath.Dir(bin))
	rows, err := readVerdicts(opts.file)
	if err != nil {
		return false, err
	}
	var results []result
	for _, t := range targets {
		r, err := t.check(bin)
		if err != nil {
			return false, err
		}
		r.judge(rows)
		results = append(results, r)
		r.print(os.Stdout)
		ok = r.settled() && ok
		if opts.verify && !t.std {
			ok = verify(os.Stdout, bin, t, opts) && ok
		}
	}
	ok = summary(os.Stdout, results) && ok
	if opts.update {
		return ok, writeVerdicts(opts.file, merge(rows, results))
	}
	return ok, nil
}

// A target is one module to run lockfix in.
type target struct {
	name    string // as in corpus.tsv: path@version
	dir     string
	pattern string
	std     bool
}

// targetsOf prepares what is asked for. A module that cannot be had is told, and
// the others go on.
func targetsOf(opts options) (targets []target, ok bool) {
	ok = true
	if opts.wants("std") {
		targets = append(targets, target{"std@" + runtime.Version(), filepath.Join(goroot(), "src"), "std", true})
	}
	for _, m := range pinned.Corpus {
		if !opts.wants(m.Path) {
			continue
		}
		fmt.Fprintln(os.Stderr, "corpus: preparing", m)
		dir, err := m.Prepare(opts.root)
		if err != nil {
			fmt.Fprintln(os.Stderr, "corpus:", err)
			ok = false
			continue
		}
		targets = append(targets, target{m.String(), dir, "./...", false})
	}
	return targets, ok
}

func (o options) wants(path string) bool {
	for _, name := range o.names {
		if strings.Contains(path, name) {
			return true
		}
	}
	return len(o.names) == 0
}

func goroot() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return runtime.GOROOT()
	}
	return strings.TrimSpace(string(out))
}

// build compiles the lockfix of this tree.
func build() (bin string, err error) {
	dir, err := os.MkdirTemp("", "lockfix-corpus-")
	if err != nil {
		return "", err
	}
	bin = filepath.Join(dir, "lockfix")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/lockfix")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build lockfix: %w\n%s", err, out)
	}
	return bin, nil
}
