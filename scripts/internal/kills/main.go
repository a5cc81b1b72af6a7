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
	"cmp"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

func main() {
	o := options{out: os.Stdout}
	flag.IntVar(&o.kills, "n", 100, "how many kills of each command")
	commands := flag.String("commands", "fix,batch,hook", "what is killed")
	flag.StringVar(&o.module, "module", "google.golang.org/grpc", "the pinned module that the repository is made of, or a folder")
	flag.IntVar(&o.planted, "planted", 40, "how many packages with hazards are added")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64(), "of the random moments")
	flag.StringVar(&o.lockfix, "lockfix", "", "the program; without it one is built")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: scripts/kills [flags] [packages beside those that are planted]\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.commands = strings.Split(*commands, ",")
	o.packages = flag.Args()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "kills:", err)
		os.Exit(1)
	}
}

// options say what is killed, how often and where.
type options struct {
	kills, planted  int // kills of each command
	commands        []string
	module, lockfix string
	packages        []string
	seed            uint64
	out             io.Writer
}

// A tally is what the kills of one command met.
type tally struct {
	killed   int // of the command itself
	midway   int // of those, with the work begun and not done
	undone   int // of the undo that takes it back, or finishes it
	finished int // runs that came to their end first
}

// run kills until it has killed often enough. The error is the first thing that
// was not as it should be.
func (o *options) run() error {
	for _, name := range o.commands {
		if !slices.Contains([]string{"fix", "batch", "hook"}, name) {
			return fmt.Errorf("-commands %s: they are fix, batch and hook", name)
		}
	}
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
	from, err := pinned.Folder(o.module)
	if err != nil {
		return err
	}
	y, err := o.newYard(scratch, from)
	if err != nil {
		return err
	}
	return o.kill(y)
}

// kill goes round the commands until each was killed often enough.
func (o *options) kill(y *yard) error {
	once := map[string]func(*tally) error{"fix": y.fix, "batch": y.batch, "hook": y.hook}
	tallies := map[string]*tally{}
	for n := range 20 * o.kills {
		for _, name := range o.commands {
			t := cmp.Or(tallies[name], &tally{})
			tallies[name] = t
			if t.killed >= o.kills {
				continue
			}
			if err := once[name](t); err != nil {
				return fmt.Errorf("%s, round %d, seed %d: %w", name, n+1, o.seed, err)
			}
		}
	}
	for _, name := range o.commands {
		t := tallies[name]
		fmt.Fprintf(o.out, "%s: %d kills, %d of them with the work begun and not done, and %d of its undo; %d runs came to their end first\n",
			name, t.killed, t.midway, t.undone, t.finished)
		if t.killed < o.kills {
			return fmt.Errorf("%s: of the kills only %d came in time", name, t.killed)
		}
	}
	fmt.Fprintf(o.out, "no file torn, no finding lost, all taken back, finished or resumed\n")
	return nil
}
