package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lockfix/lockfix/scripts/internal/cost"
	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

// A stage is a module with what it takes to run tools on it.
type stage struct {
	*subject
	dir, scratch string
	described    string
	limit        time.Duration   // of a run of a peer; 0: none
	filled       map[string]bool // tools whose caches are full
	tried        map[string]bool // tools that had their time to fill them
	edits        int
}

// play runs the tools in one scenario, in turns.
func (o *options) play(scenario string, s *stage, tools []*tool) ([]*row, error) {
	if scenario == "double" {
		return o.double(s, tools)
	}
	var rows []*row
	for _, t := range tools {
		if (t.name == "floor") == (scenario == "floor") {
			rows = append(rows, &row{scenario: scenario, tool: t, caches: filepath.Join(s.scratch, "caches", s.name, t.name)})
		}
	}
	if scenario == "warm" || scenario == "leaf" || scenario == "core" {
		for _, r := range rows {
			if err := s.warm(r); err != nil {
				return nil, err
			}
		}
	}
	until := o.until()
	for n := range o.runs {
		began := time.Now()
		for _, r := range rows {
			if r.left {
				continue
			}
			if err := s.run(r); err != nil {
				return nil, err
			}
			fmt.Fprintf(os.Stderr, "%s %s, run %d: %s\n", s.name, scenario, n+1, r.last())
		}
		if time.Now().Add(time.Since(began)).After(until) {
			break
		}
	}
	return rows, nil
}

// warm fills the caches of a tool, which other scenarios may have done. A tool whose
// caches are not full after the limit is left out.
func (s *stage) warm(r *row) error {
	if s.filled[r.tool.name] {
		return nil
	}
	if s.tried[r.tool.name] {
		r.left = true
		return nil
	}
	if s.tried == nil {
		s.tried = map[string]bool{}
	}
	s.tried[r.tool.name] = true
	_, ended, err := s.measured(r)
	r.left = !ended
	s.note(r, ended)
	return err
}

// note remembers whether the caches of a tool are full.
func (s *stage) note(r *row, full bool) {
	if s.filled == nil {
		s.filled = map[string]bool{}
	}
	s.filled[r.tool.name] = full
}

// run measures a tool once.
func (s *stage) run(r *row) error {
	switch r.scenario {
	case "cold", "floor":
		if err := os.RemoveAll(r.caches); err != nil {
			return err
		}
	case "warm":
		if _, _, err := s.measured(r); err != nil { // edits of other scenarios are seen
			return err
		}
	case "leaf", "core":
		file := map[string]string{"leaf": s.leaf, "core": s.core}[r.scenario]
		if err := s.edit(file); err != nil { // so that the function is there, and the edit is of its body
			return err
		}
		if _, _, err := s.measured(r); err != nil {
			return err
		}
		if err := s.edit(file); err != nil {
			return err
		}
	}
	took, ended, err := s.measured(r)
	r.took = append(r.took, took)
	r.left = !ended // another run would be stopped as well
	if r.scenario == "cold" {
		s.note(r, ended)
	}
	return err
}

// edit changes the body of a function that it adds to a file.
func (s *stage) edit(name string) error {
	path := filepath.Join(s.dir, s.file(name))
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const mark = "\nfunc lockfixBench() int {"
	text, _, _ = bytes.Cut(text, []byte(mark))
	s.edits++
	text = fmt.Appendf(text, "%s\n\treturn %d\n}\n\nvar _ = lockfixBench\n", mark, s.edits)
	return os.WriteFile(path, text, 0o666)
}

// measured runs a tool with its own caches. Findings are no failure.
func (s *stage) measured(r *row) (took cost.Cost, ended bool, err error) {
	if err := os.MkdirAll(r.caches, 0o777); err != nil {
		return cost.Cost{}, false, err
	}
	limit := s.limit
	if r.tool.own {
		limit = 0
	}
	var output bytes.Buffer
	var cmd *exec.Cmd
	took, ended, err = cost.Within(limit, func(ctx context.Context) *exec.Cmd {
		cmd = s.command(ctx, r)
		cmd.Stdout, cmd.Stderr = &output, &output
		return cmd
	})
	if ended && (cmd.ProcessState == nil || err != nil && cmd.ProcessState.ExitCode() != 1) {
		return took, ended, fmt.Errorf("%s: %w\n%s", strings.Join(r.tool.args, " "), err, last(output.String(), 2000))
	}
	return took, ended, nil
}

func (s *stage) command(ctx context.Context, r *row) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.tool.args[0], r.tool.args[1:]...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK="+r.work(), "LOCKFIX_CACHE=",
		"GOCACHE="+filepath.Join(r.caches, "go-build"), "XDG_CACHE_HOME="+r.caches,
		"STATICCHECK_CACHE="+filepath.Join(r.caches, "staticcheck"), "GOLANGCI_LINT_CACHE="+filepath.Join(r.caches, "golangci-lint"))
	return cmd
}

func last(text string, n int) string { return text[max(0, len(text)-n):] }

// double runs lockfix cold on the module, and on a workspace that holds it twice.
func (o *options) double(s *stage, tools []*tool) ([]*row, error) {
	twice := *s
	twice.dir = filepath.Join(s.scratch, s.name+"-twice")
	for i, name := range []string{"one", "two"} {
		dir := filepath.Join(twice.dir, name)
		if err := pinned.Copy(dir, s.dir); err != nil {
			return nil, err
		}
		if i == 1 {
			if err := rename(dir, s.module.Path); err != nil {
				return nil, err
			}
		}
	}
	work := filepath.Join(twice.dir, "go.work")
	if err := workspace(twice.dir, "one", "two"); err != nil {
		return nil, err
	}
	one := &row{scenario: "once", tool: tools[0], caches: filepath.Join(s.scratch, "caches", "once")}
	two := &row{scenario: "twice", tool: tools[0], caches: filepath.Join(s.scratch, "caches", "twice"), gowork: work}
	until := o.until()
	for range o.runs {
		began := time.Now()
		for r, at := range map[*row]*stage{one: s, two: &twice} {
			if err := os.RemoveAll(r.caches); err != nil {
				return nil, err
			}
			took, _, err := at.measured(r)
			if err != nil {
				return nil, err
			}
			r.took = append(r.took, took)
		}
		if time.Now().Add(time.Since(began)).After(until) {
			break
		}
	}
	return []*row{one, two}, nil
}
