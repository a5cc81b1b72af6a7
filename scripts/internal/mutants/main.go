// Command mutants breaks a real module on purpose, lets lockfix repair it, and
// runs the module's own tests over what comes out.
//
// A mutant is one function that, by the kind that is asked for, loses an unlock
// of several or has its defer below a return that it covered (unlock), loses a lock
// and its unlock (guard), reads where it should write (reader), announces a goroutine
// in it (add), has no defer before its Done (done), or has no room in a channel for one
// (buffer). A round breaks one place in every function at once (of guard and reader: in
// every file), keeps the mutants that `lockfix fix` repairs, and tests their packages. What it shows: how many planted bugs are found, how
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
	"strings"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

func main() {
	name := flag.String("module", "google.golang.org/grpc", "which of the pinned modules")
	how := flag.String("kind", "unlock", "how functions are broken: "+kindNames())
	enable := flag.String("rules", "", "`IDs` of the rules that should find it (default those of the kind, or those that run by default)")
	findOnly := flag.Bool("find", false, "repair nothing and run no tests")
	rounds := flag.Int("rounds", 3, "at most how many places of one function are broken, one a round")
	unsafe := flag.Bool("unsafe", false, "make the unsafe repairs too")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: scripts/mutants [flags] [packages, by default ./...]\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if _, is := kinds[*how]; !is {
		flag.Usage()
		os.Exit(2)
	}
	chosen := kinds[*how]
	if *enable != "" {
		chosen.rules = strings.Split(*enable, ",")
	}
	ok, err := work(*name, chosen, &laboratory{unsafe: *unsafe, findOnly: *findOnly, out: os.Stdout}, *rounds, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// work reports whether no repair broke a test.
func work(name string, how kind, l *laboratory, rounds int, patterns []string) (ok bool, err error) {
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
	mutants, err := plant(context.Background(), dir, patterns, how)
	if err != nil {
		return false, err
	}
	l.bin, l.dir, l.original, l.rules = bin, dir, original, how.rules
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
