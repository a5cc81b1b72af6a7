// Command mutants breaks the locking of a real module on purpose, lets lockfix
// repair it, and runs the module's own tests over what comes out.
//
// A mutant is one function that unlocks on several ways out and loses one of
// them, or whose defer moves below a return that it covered. A round breaks one
// place in every function at once, keeps the mutants that `lockfix fix` repairs,
// and tests their packages. What it shows: how many planted bugs are found, how
// many are repaired, and that no repair called safe breaks a test (mutation
// testing: DeMillo, Lipton, Sayward 1978).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

func main() {
	name := flag.String("module", "google.golang.org/grpc", "which of the pinned modules")
	rounds := flag.Int("rounds", 3, "at most how many places of one function are broken, one a round")
	unsafe := flag.Bool("unsafe", false, "make the unsafe repairs too")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: scripts/mutants [flags] [packages, by default ./...]\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ok, err := work(*name, *rounds, *unsafe, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// work reports whether no repair broke a test.
func work(name string, rounds int, unsafe bool, patterns []string) (ok bool, err error) {
	scratch, err := os.MkdirTemp("", "lockfix-mutants-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(scratch)
	bin := filepath.Join(scratch, "lockfix")
	if out, err := exec.Command("go", "build", "-o", bin, "./cmd/lockfix").CombinedOutput(); err != nil {
		return false, fmt.Errorf("build lockfix: %w\n%s", err, out)
	}
	dir := filepath.Join(scratch, "copy")
	original, err := copyOf(name, dir)
	if err != nil {
		return false, err
	}
	os.Unsetenv("GOFLAGS")
	os.Setenv("GOWORK", "off")
	mutants, err := plant(context.Background(), dir, patterns)
	if err != nil {
		return false, err
	}
	l := &laboratory{bin: bin, dir: dir, original: original, unsafe: unsafe, out: os.Stdout}
	for round := range rounds {
		if err := l.round(round, mutants); err != nil {
			return false, err
		}
	}
	l.report()
	return l.broken == 0, nil
}

// copyOf copies a pinned module to dir, and returns where it was copied from.
func copyOf(name, dir string) (original string, err error) {
	root, err := pinned.Root()
	if err != nil {
		return "", err
	}
	for _, m := range pinned.Corpus {
		if m.Path == name {
			original, err := m.Prepare(root)
			if err != nil {
				return "", err
			}
			return original, pinned.Copy(dir, original)
		}
	}
	return "", fmt.Errorf("%s is not among the pinned modules %v", name, pinned.Corpus)
}
