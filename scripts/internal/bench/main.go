// Command bench runs lockfix and its peers side by side on real modules, and
// prints what they took as a Markdown table:
//
//	scripts/bench                       everything, medians of five runs
//	scripts/bench -scenario cold -peer vet -n 1 -module nats
//
// The scenarios are those of a day: cold, as a CI job or a fresh clone has it,
// with an empty build cache and empty caches of the tools (the modules are there:
// what is measured is the tools, not the network); warm, run again with nothing
// changed; leaf, with one file edited on which no other package depends; core,
// with one on which many do. Two more are about lockfix alone: floor is what it
// takes to list, read, parse and type-check; double has the module twice in a
// workspace, which should not double the memory.
//
// Tools take turns in every round, so that all see the same weather. The peers
// are built from pinned versions, outside of the tree.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

// options are the flags.
type options struct {
	runs             int
	modules          []*subject
	scenarios, peers []string
	scratch          string // a folder for all that is written
}

var allScenarios = []string{"cold", "warm", "leaf", "core", "floor", "double"}

func main() {
	runs := flag.Int("n", 5, "runs of each tool in each scenario; the medians are shown")
	modules := flag.String("module", "nats,apiserver", "`names` of modules: "+strings.Join(subjectNames(), ", "))
	scenarios := flag.String("scenario", strings.Join(allScenarios, ","), "which `scenarios`")
	peers := flag.String("peer", strings.Join(peerNames, ","), "which `peers`, beside lockfix; none: lockfix alone")
	flag.Parse()
	opts := options{runs: *runs, scenarios: strings.Split(*scenarios, ","), peers: strings.Split(*peers, ",")}
	if err := opts.check(*modules); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if err := opts.bench(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (o *options) check(modules string) error {
	for _, name := range strings.Split(modules, ",") {
		i := slices.IndexFunc(subjects, func(s *subject) bool { return s.name == name })
		if i < 0 {
			return fmt.Errorf("-module %s: there are %s", name, strings.Join(subjectNames(), ", "))
		}
		o.modules = append(o.modules, subjects[i])
	}
	for _, name := range o.scenarios {
		if !slices.Contains(allScenarios, name) {
			return fmt.Errorf("-scenario %s: there are %s", name, strings.Join(allScenarios, ", "))
		}
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
	for _, s := range o.modules {
		dir, err := s.prepare(root, filepath.Join(o.scratch, s.name))
		if err != nil {
			return err
		}
		if err := s.describe(dir); err != nil {
			return err
		}
		var rows []*row
		for _, scenario := range o.scenarios {
			more, err := o.play(scenario, &stage{subject: s, dir: dir, scratch: o.scratch}, tools)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", s.name, scenario, err)
			}
			rows = append(rows, more...)
			show(os.Stderr, more)
		}
		show(os.Stdout, rows)
	}
	return nil
}
