package load

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Inputs returns the directories, sorted, whose names and whose files (those
// for which IsInput holds) decided what was loaded: every directory of the main
// modules that a pattern could reach, those of packages in workspace and
// replaced modules, and those that decide which module is the main one.
// The module cache and the Go distribution are left out: go.sum and the version
// of Go stand for them.
func (l *Listing) Inputs() []string { return l.loader.inputs(l.graphs) }

// Inputs are those of the listing that the program was made of.
func (p *Program) Inputs() []string { return p.loader.inputs(p.graphs) }

func (l *loader) inputs(graphs []*graph) []string {
	dirs := map[string]bool{l.dir: true}
	for _, name := range []string{l.goenv.GOMOD, l.goenv.GOWORK} {
		if filepath.IsAbs(name) && name != os.DevNull {
			dirs[filepath.Dir(name)] = true
			replaced(name, dirs)
		}
	}
	dirs[l.goenv.GOROOT] = true // its file VERSION
	mains := map[string]bool{}
	for _, g := range graphs {
		for _, n := range g.nodes {
			l.inputsOf(n, dirs, mains)
		}
	}
	for dir := range mains {
		replaced(filepath.Join(dir, "go.mod"), dirs)
		reachable(dir, dirs)
	}
	return slices.Sorted(maps.Keys(dirs))
}

// replaced adds the directories of modules that a go.mod or go.work file names:
// what those require decides versions, though no package of theirs be imported.
func replaced(name string, dirs map[string]bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return
	}
	add := func(path string) {
		if path == "" || !modfile.IsDirectoryPath(path) {
			return
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(name), path)
		}
		dirs[path] = true
	}
	if filepath.Base(name) == "go.work" {
		work, err := modfile.ParseWork(name, text, nil)
		if err != nil {
			return
		}
		for _, use := range work.Use {
			add(use.Path)
		}
		for _, r := range work.Replace {
			add(r.New.Path)
		}
		return
	}
	mod, err := modfile.Parse(name, text, nil)
	if err != nil {
		return
	}
	for _, r := range mod.Replace {
		add(r.New.Path)
	}
}

func (l *loader) inputsOf(n *node, dirs, mains map[string]bool) {
	if n.module.main {
		mains[n.module.dir] = true
		mains[filepath.Join(n.module.dir, "vendor")] = true
	}
	if !n.root && l.immutable(n.dir) {
		return
	}
	for _, dir := range []string{n.dir, n.module.dir} {
		if dir != "" {
			dirs[dir] = true
		}
	}
}

// immutable reports whether nobody edits the files of a directory.
func (l *loader) immutable(dir string) bool {
	return within(filepath.Join(l.goenv.GOROOT, "src"), dir) || within(l.goenv.GOMODCACHE, dir)
}

// reachable adds the directories below dir that `./...` looks into, and those
// of another module, which would be part of this one without its go.mod.
func reachable(dir string, dirs map[string]bool) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // what cannot be read was not read
		}
		name := d.Name()
		if path != dir && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor") {
			return filepath.SkipDir
		}
		dirs[path] = true
		return nil
	})
}

// inputNames are the files beside Go files that the go command reads.
var inputNames = []string{"go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt", "VERSION"}

// IsInput reports whether a file of that name can decide what is loaded.
func IsInput(name string) bool {
	return filepath.Ext(name) == ".go" || slices.Contains(inputNames, name)
}

// Environment tells, as text to be hashed, what beside the Inputs decides what
// is loaded: which go command it is, how the environment sets it up, and which
// go.mod and go.work count for the directory. Only loading itself can tell more.
func (cfg Config) Environment() ([]string, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	env := cfg.Env
	if env == nil {
		env = os.Environ()
	}
	var told []string
	for _, v := range slices.Sorted(slices.Values(env)) {
		if name, _, _ := strings.Cut(v, "="); decides(name) {
			told = append(told, v)
		}
	}
	told = append(told, nearest(dir, "go.mod"), nearest(dir, "go.work"))
	if user, err := os.UserConfigDir(); err == nil {
		text, _ := os.ReadFile(filepath.Join(user, "go", "env")) // what `go env -w` wrote, mostly nothing
		told = append(told, string(text))
	}
	command, err := exec.LookPath("go")
	if err != nil {
		return nil, errNoGo
	}
	info, err := os.Stat(command)
	if err != nil {
		return nil, err
	}
	return append(told, fmt.Sprint(command, info.Size(), info.ModTime().UnixNano())), nil
}

// decides reports whether the go command, or the way to it, goes by a variable.
func decides(variable string) bool {
	switch variable {
	case "PATH", "HOME", "XDG_CONFIG_HOME":
		return true
	}
	return strings.HasPrefix(variable, "GO") || strings.HasPrefix(variable, "CGO_")
}

// nearest returns the path of the file of that name in dir or the nearest
// directory above it; "" if there is none.
func nearest(dir, name string) string {
	for {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}
