// Command kills ends lockfix at random moments, as a power cut or an impatient
// user does, and looks at what is left.
//
// It makes a git repository of a real module with hazards planted into it, learns
// from runs that nobody disturbs what a fix, a batch and a hook come to, and then
// kills them. After each kill every file is as it was or as it was to be, every
// finding is in the code or repaired, and the work can be taken back, finished or
// resumed to the very same bytes.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

func main() {
	o := options{out: os.Stdout}
	flag.IntVar(&o.kills, "n", 200, "how many kills")
	flag.StringVar(&o.module, "module", "google.golang.org/grpc", "the pinned module that the repository is made of, or a folder")
	flag.IntVar(&o.planted, "planted", 40, "how many packages with hazards are added")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64(), "of the random moments")
	flag.StringVar(&o.lockfix, "lockfix", "", "the program; without it one is built")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: scripts/kills [flags] [packages beside those that are planted]\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.packages = flag.Args()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "kills:", err)
		os.Exit(1)
	}
}

// options say what is killed, how often and where.
type options struct {
	kills, planted  int
	module, lockfix string
	packages        []string
	seed            uint64
	out             io.Writer
}

// A tally is what the kills of one command met.
type tally struct{ killed, midway, finished int }

// run kills until it has killed often enough. The error is the first thing that
// was not as it should be.
func (o *options) run() error {
	scratch, err := os.MkdirTemp("", "lockfix-kills-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if o.lockfix == "" {
		o.lockfix = filepath.Join(scratch, "lockfix")
		if out, err := exec.Command("go", "build", "-o", o.lockfix, "github.com/lockfix/lockfix/cmd/lockfix").CombinedOutput(); err != nil {
			return fmt.Errorf("build lockfix: %w\n%s", err, out)
		}
	}
	from, err := source(o.module)
	if err != nil {
		return err
	}
	y, err := o.newYard(scratch, from)
	if err != nil {
		return err
	}
	return o.kill(y)
}

// kill goes round the three commands.
func (o *options) kill(y *yard) error {
	trials := []struct {
		name string
		once func(*tally) error
	}{{"fix", y.fix}, {"batch", y.batch}, {"hook run --fix", y.hook}}
	tallies := make([]tally, len(trials))
	for n, killed := 0, 0; killed < o.kills; n++ {
		i := n % len(trials)
		before := tallies[i].killed
		if err := trials[i].once(&tallies[i]); err != nil {
			return fmt.Errorf("%s, kill %d, seed %d: %w", trials[i].name, killed+1, o.seed, err)
		}
		killed += tallies[i].killed - before
		if n > 20*o.kills {
			return fmt.Errorf("after %d runs only %d kills came in time", n, killed)
		}
	}
	for i, t := range tallies {
		fmt.Fprintf(o.out, "%s: %d kills, %d of them with the work begun and not done; %d runs came to their end first\n",
			trials[i].name, t.killed, t.midway, t.finished)
	}
	fmt.Fprintf(o.out, "no file torn, no finding lost, all taken back, finished or resumed\n")
	return nil
}

// source is the folder of a module: one of those that are pinned, or any.
func source(module string) (string, error) {
	for _, m := range pinned.Corpus {
		if m.Path == module {
			root, err := pinned.Root()
			if err != nil {
				return "", err
			}
			return m.Prepare(root)
		}
	}
	if _, err := os.Stat(filepath.Join(module, "go.mod")); err != nil {
		return "", fmt.Errorf("%s is no folder of a module, nor among %v", module, pinned.Corpus)
	}
	return filepath.Abs(module)
}
