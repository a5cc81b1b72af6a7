// Command bench runs `lockfix check` beside `go vet` on a real module, each time
// with an empty build cache, as a CI job or a fresh clone has it. The modules
// are there: what is measured is the tools, not the network.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lockfix/lockfix/scripts/internal/cost"
	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

func main() {
	runs := flag.Int("n", 3, "runs of each tool; the medians are shown")
	name := flag.String("module", "github.com/prometheus/prometheus", "which of the pinned modules")
	flag.Parse()
	if err := bench(*name, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(name string, runs int) error {
	dir, err := prepare(name)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "lockfix-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	lockfix := filepath.Join(scratch, "lockfix")
	if out, err := exec.Command("go", "build", "-o", lockfix, "./cmd/lockfix").CombinedOutput(); err != nil {
		return fmt.Errorf("build lockfix: %w\n%s", err, out)
	}
	contestants := []*contestant{
		{name: "lockfix check", args: []string{lockfix, "check", "--quiet", "./..."}},
		{name: "go vet", args: []string{"go", "vet", "./..."}},
	}
	if err := describe(dir); err != nil {
		return err
	}
	for n := range runs {
		for _, c := range contestants { // alternating: both see the same weather
			if err := c.run(dir, scratch); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "run %d: %s\n", n+1, c)
		}
	}
	table(contestants)
	return nil
}

func prepare(name string) (string, error) {
	root, err := pinned.Root()
	if err != nil {
		return "", err
	}
	for _, m := range pinned.Corpus {
		if m.Path == name {
			fmt.Printf("module %s\n", m)
			return m.Prepare(root)
		}
	}
	return "", fmt.Errorf("%s is not among the pinned modules %v", name, pinned.Corpus)
}

// describe prints how many packages there are. It also reads every file once,
// so that the first contestant does not pay for the disk.
func describe(dir string) error {
	for _, q := range []struct {
		what string
		args []string
	}{
		{"packages", []string{"list", "./..."}},
		{"with dependencies and tests", []string{"list", "-deps", "-test", "./..."}},
	} {
		cmd := exec.Command("go", q.args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("go %s: %w", strings.Join(q.args, " "), err)
		}
		fmt.Printf("%s: %d\n", q.what, strings.Count(string(out), "\n"))
	}
	return nil
}

// A contestant is one command and what its runs took.
type contestant struct {
	name string
	args []string
	took []cost.Cost
}

// run runs it once, with empty caches. Findings are no failure.
func (c *contestant) run(dir, scratch string) error {
	caches, err := os.MkdirTemp(scratch, "caches-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(caches)
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOCACHE="+filepath.Join(caches, "go-build"), "XDG_CACHE_HOME="+caches)
	took, err := cost.Of(cmd)
	if exit := cmd.ProcessState.ExitCode(); err != nil && exit != 1 {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.took = append(c.took, took)
	return nil
}

func (c *contestant) String() string {
	last := c.took[len(c.took)-1]
	return fmt.Sprintf("%s: wall %s, CPU %s, peak %d MB", c.name, last.Wall.Round(10*time.Millisecond), last.CPU.Round(10*time.Millisecond), last.Peak>>20)
}

// median is that of one number of the runs.
func median[T cmp.Ordered](c *contestant, number func(cost.Cost) T) T {
	var all []T
	for _, took := range c.took {
		all = append(all, number(took))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func table(contestants []*contestant) {
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\twall\tCPU\tpeak\t")
	wall := func(c cost.Cost) time.Duration { return c.Wall }
	cpu := func(c cost.Cost) time.Duration { return c.CPU }
	peak := func(c cost.Cost) int64 { return c.Peak }
	for _, c := range contestants {
		fmt.Fprintf(w, "%s\t%.1f s\t%.1f s\t%d MB\t\n", c.name, median(c, wall).Seconds(), median(c, cpu).Seconds(), median(c, peak)>>20)
	}
	a, b := contestants[0], contestants[1]
	fmt.Fprintf(w, "ratio\t%.1f\t%.1f\t%.2f\t\n", median(b, wall).Seconds()/median(a, wall).Seconds(),
		median(b, cpu).Seconds()/median(a, cpu).Seconds(), float64(median(b, peak))/float64(median(a, peak)))
	w.Flush()
	fmt.Printf("medians of %d runs; every run with an empty build cache; peak: the largest single process\n", len(a.took))
}
