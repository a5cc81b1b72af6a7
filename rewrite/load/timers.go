package load

import (
	"go/ast"
	"go/version"
	"os"
	"strings"

	"golang.org/x/mod/modfile"
)

// newTimers is the version from which on a timer that was stopped has nothing in
// its channel (go.dev/wiki/Go123Timer).
const newTimers = "go1.23"

// oldTimers reports whether the main module or the workspace asks for the timers
// from before Go 1.23, whatever its go line says (go.dev/doc/godebug).
func (env goEnv) oldTimers() bool {
	name := env.GOMOD
	if env.GOWORK != "" && env.GOWORK != "off" {
		name = env.GOWORK // the lines of go.mod do not count then
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	asked := map[string]string{}
	for _, line := range debugLines(name, text) {
		asked[line.Key] = line.Value
	}
	if value, ok := asked["asynctimerchan"]; ok {
		return value != "0"
	}
	byDefault, ok := asked["default"]
	return ok && version.IsValid(byDefault) && version.Compare(byDefault, newTimers) < 0
}

// debugLines are the godebug settings of a go.mod or go.work file.
func debugLines(name string, text []byte) []*modfile.Godebug {
	if strings.HasSuffix(name, "go.work") {
		if work, err := modfile.ParseWork(name, text, nil); err == nil {
			return work.Godebug
		}
		return nil
	}
	if mod, err := modfile.Parse(name, text, nil); err == nil {
		return mod.Godebug
	}
	return nil
}

// asksForOldTimers reports whether a file of a main package or of a test asks for
// the old timers in its //go:debug lines.
func asksForOldTimers(file *ast.File) bool {
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			return false
		}
		for _, c := range group.List {
			if value, ok := strings.CutPrefix(c.Text, "//go:debug asynctimerchan="); ok && strings.TrimSpace(value) != "0" {
				return true
			}
		}
	}
	return false
}
