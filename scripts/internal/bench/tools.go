package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// peerNames are the tools that lockfix is held against.
var peerNames = []string{"vet", "staticcheck", "golangci-lint"}

// A tool is one command line.
type tool struct {
	name string
	args []string
	own  bool // of lockfix: never stopped
}

// sources are the modules of the peers that do not come with Go.
var sources = map[string]string{
	"staticcheck":   "honnef.co/go/tools/cmd/staticcheck@v0.8.2",
	"golangci-lint": "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0",
}

// concurrency has golangci-lint run what it has about concurrency, and nothing else.
const concurrency = `version: "2"
linters:
  default: none
  enable: [govet, staticcheck, fatcontext, containedctx, contextcheck]
  settings:
    govet:
      disable-all: true
      enable: [atomic, copylocks, lostcancel, loopclosure, testinggoroutine, waitgroup, sigchanyzer]
    staticcheck:
      checks: ["SA2*", "SA1015", "SA1017", "SA1027", "SA5003", "SA9003"]
run:
  timeout: 1h
`

// build builds lockfix and the peers. Those of a pinned version are built once,
// into dir.
func (o *options) build(dir string) ([]*tool, error) {
	lockfix := filepath.Join(o.scratch, "lockfix")
	floor := filepath.Join(o.scratch, "floor")
	for path, pkg := range map[string]string{lockfix: "./cmd/lockfix", floor: "./scripts/internal/floor"} {
		if out, err := exec.Command("go", "build", "-o", path, pkg).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	config := filepath.Join(o.scratch, "golangci.yml")
	if err := os.WriteFile(config, []byte(concurrency), 0o666); err != nil {
		return nil, err
	}
	tools := []*tool{
		{"lockfix", []string{lockfix, "check", "--quiet", "./..."}, true},
		{"floor", []string{floor, "./..."}, true},
	}
	for _, name := range peerNames {
		if !slices.Contains(o.peers, name) {
			continue
		}
		t := &tool{name: name, args: []string{"go", "vet", "./..."}}
		if source := sources[name]; source != "" {
			path, err := install(filepath.Join(dir, filepath.Base(source)), name, source)
			if err != nil {
				return nil, err
			}
			t.args = map[string][]string{
				"staticcheck":   {path, "-checks", "SA2*,SA1015,SA1017,SA1027,SA5003", "./..."},
				"golangci-lint": {path, "run", "--config", config, "--allow-parallel-runners", "./..."},
			}[name]
		}
		tools = append(tools, t)
	}
	return tools, nil
}

// install builds a program of a module into dir, unless it is there.
func install(dir, name, source string) (string, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "building %s\n", source)
	cmd := exec.Command("go", "install", source)
	cmd.Dir = dir // outside of every module
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %w\n%s", source, err, out)
	}
	return path, nil
}
