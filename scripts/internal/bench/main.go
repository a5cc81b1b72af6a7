// Command bench runs lockfix and its peers side by side on real modules, and
// prints what they took as a Markdown table:
//
//	scripts/bench                       in about twenty minutes: all that matters
//	scripts/bench -for 0 -limit 0       as long as it takes, five runs of everything
//	scripts/bench -scenario cold -peer vet -n 1 -module nats
//
// The scenarios are those of a day: cold, as a CI job or a fresh clone has it,
// with an empty build cache and empty caches of the tools (the modules are there:
// what is measured is the tools, not the network); warm, run again with nothing
// changed; leaf, with one file edited on which no other package depends; core,
// with one on which many do. Two more are about lockfix alone: floor is what it
// takes to list, read, parse and type-check; double has the module twice in a
// workspace, which should not double the memory. The module must be one that nothing
// outside of it imports: a copy of grpc does not type-check, since what is generated
// for it is about the original.
//
// Medians are of five runs where the time suffices, and of as many as the table
// says where it does not. A peer that takes longer than the limit is stopped, and
// told so: ">90" is no median. Where it had not filled its caches then, it gets one
// more such time, and is left out of what needs them if that is not enough.
//
// Tools take turns in every round, so that all see the same weather. The peers
// are built from pinned versions, outside of the tree.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

// options are the flags.
type options struct {
	runs    int
	plays   []play
	peers   []string
	limit   time.Duration // of one run of a peer; 0: none
	end     time.Time     // when no further round begins; zero: never
	left    int           // plays that are still to come, this one too
	scratch string        // a folder for all that is written
}

// A play is one module in one scenario.
type play struct {
	subject  *subject
	scenario string
}

var allScenarios = []string{"cold", "warm", "leaf", "core", "floor", "double"}

func main() {
	runs := flag.Int("n", 5, "runs of each tool in each scenario; the medians are shown")
	modules := flag.String("module", "", "`names` of modules: "+strings.Join(subjectNames(), ", ")+"; none: "+defaultModules+", and etcd for double")
	scenarios := flag.String("scenario", "", "which `scenarios`, of "+strings.Join(allScenarios, ", ")+"; none: all")
	limit := flag.Duration("limit", 90*time.Second, "a peer is stopped after this `time`; 0: never")
	whole := flag.Duration("for", 19*time.Minute, "no further round begins after this `time`; 0: all do")
	peers := flag.String("peer", strings.Join(peerNames, ","), "which `peers`, beside lockfix; none: lockfix alone")
	flag.Parse()
	opts := options{runs: *runs, limit: *limit, peers: strings.Split(*peers, ",")}
	if *whole > 0 {
		opts.end = time.Now().Add(*whole)
	}
	if err := opts.check(*modules, *scenarios); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if err := opts.bench(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// defaultModules are those that are run on unless others are named: one with a huge
// package, and one with more than a thousand dependencies.
const defaultModules = "nats,apiserver"

// check plans the plays.
func (o *options) check(modules, scenarios string) error {
	chosen := strings.Split(cmp.Or(scenarios, strings.Join(allScenarios, ",")), ",")
	for _, name := range chosen {
		if !slices.Contains(allScenarios, name) {
			return fmt.Errorf("-scenario %s: there are %s", name, strings.Join(allScenarios, ", "))
		}
	}
	for _, name := range strings.Split(cmp.Or(modules, defaultModules), ",") {
		i := slices.IndexFunc(subjects, func(s *subject) bool { return s.name == name })
		if i < 0 {
			return fmt.Errorf("-module %s: there are %s", name, strings.Join(subjectNames(), ", "))
		}
		for _, scenario := range chosen {
			if modules != "" || scenario != "double" {
				o.plays = append(o.plays, play{subjects[i], scenario})
			}
		}
	}
	if modules == "" && slices.Contains(chosen, "double") {
		o.plays = append(o.plays, play{subjectNamed("etcd"), "double"})
	}
	for _, name := range o.peers {
		if name != "none" && !slices.Contains(peerNames, name) {
			return fmt.Errorf("-peer %s: there are %s, and none", name, strings.Join(peerNames, ", "))
		}
	}
	return nil
}

func (o *options) bench() error {
	root, err := pinned.Root()
	if err != nil {
		return err
	}
	if o.scratch, err = os.MkdirTemp("", "lockfix-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.scratch)
	tools, err := o.build(filepath.Join(filepath.Dir(root), "bench"))
	if err != nil {
		return err
	}
	var s *stage
	var rows []*row
	for i, p := range o.plays {
		if s == nil || s.subject != p.subject {
			if s, err = o.stage(root, p.subject); err != nil {
				return err
			}
		}
		o.left = len(o.plays) - i
		more, err := o.play(p.scenario, s, tools)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", p.subject.name, p.scenario, err)
		}
		show(os.Stderr, more)
		rows = append(rows, more...)
		if i+1 == len(o.plays) || o.plays[i+1].subject != p.subject {
			fmt.Printf("\n%s\n\n", s.described)
			show(os.Stdout, rows)
			rows = nil
		}
	}
	return nil
}

// stage prepares a module.
func (o *options) stage(root string, s *subject) (*stage, error) {
	dir, err := s.prepare(root, filepath.Join(o.scratch, s.name))
	if err != nil {
		return nil, err
	}
	described, err := s.describe(dir)
	return &stage{subject: s, dir: dir, scratch: o.scratch, limit: o.limit, described: described}, err
}

// until is when no further round of a play begins: those that are left share the time
// that is left.
func (o *options) until() time.Time {
	if o.end.IsZero() {
		return time.Now().AddDate(1, 0, 0)
	}
	return time.Now().Add(time.Until(o.end) / time.Duration(o.left))
}
