package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// checkFiles returns an error for a file among the patterns that is not there:
// the go command would take it for an import path.
func (l *loader) checkFiles() error {
	for _, pattern := range l.patterns {
		name := strings.TrimPrefix(pattern, "file=")
		if filepath.Ext(name) != ".go" || isWild(name) {
			continue
		}
		if _, err := os.Stat(l.abs(name)); err != nil {
			return fmt.Errorf("%w: check the name", err)
		}
	}
	return nil
}

// expandWorkspace returns the patterns, with the workspace's modules below a
// "dir/..." named beside it: the go command stops at the border of the module
// that dir is in, and refuses where it is in none.
func (l *loader) expandWorkspace(ctx context.Context) ([]string, error) {
	if l.oneModule || l.goenv.GOWORK == "" || l.goenv.GOWORK == "off" || !slices.ContainsFunc(l.patterns, isLocalTree) {
		return l.patterns, nil
	}
	out, err := l.goCommand(ctx, "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	modules := strings.Split(strings.TrimSpace(string(out)), "\n")
	var patterns []string
	for _, pattern := range l.patterns {
		patterns = append(patterns, l.expandTree(pattern, modules)...)
	}
	return patterns, nil
}

// isLocalTree reports whether pattern is a directory and all below it.
func isLocalTree(pattern string) bool {
	dir, ok := strings.CutSuffix(filepath.ToSlash(pattern), "/...")
	return ok && isLocal(pattern) && !isWild(dir)
}

func isLocal(pattern string) bool {
	slashed := filepath.ToSlash(pattern)
	return filepath.IsAbs(pattern) || slashed == "." || slashed == ".." ||
		strings.HasPrefix(slashed, "./") || strings.HasPrefix(slashed, "../")
}

func (l *loader) expandTree(pattern string, modules []string) []string {
	if !isLocalTree(pattern) {
		return []string{pattern}
	}
	dir := l.abs(strings.TrimSuffix(filepath.ToSlash(pattern), "/..."))
	var expanded []string
	inside := false
	for _, module := range modules {
		inside = inside || within(module, dir)
		if module != dir && within(dir, module) {
			expanded = append(expanded, module+"/...")
		}
	}
	if inside || len(expanded) == 0 {
		expanded = append([]string{pattern}, expanded...)
	}
	return expanded
}

func (l *loader) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(l.dir, path)
}

// checkMatches returns an error that names the patterns for which there is no
// package on any platform.
func (l *loader) checkMatches(graphs []*graph, patterns []string) error {
	if err := l.nonPackages(graphs); err != nil {
		return err
	}
	if !slices.ContainsFunc(graphs, (*graph).hasRoot) && !slices.ContainsFunc(patterns, isWild) {
		return fmt.Errorf("%s: no Go files but tests, which are left out", strings.Join(patterns, " "))
	}
	for _, pattern := range patterns {
		if isWild(pattern) && !l.matchesAny(pattern, graphs) {
			return fmt.Errorf("%s matches no packages: check the pattern and the build tags, or run lockfix where there are Go files", pattern)
		}
	}
	return nil
}

// nonPackages returns why the go command could not follow patterns: it makes
// up packages for them, without files. One that has files on another platform
// is left to that platform.
func (l *loader) nonPackages(graphs []*graph) error {
	var messages []string
	for _, g := range graphs {
		for id, n := range maps.Clone(g.nodes) {
			if !n.isNonPackage() {
				continue
			}
			if slices.ContainsFunc(graphs, func(g *graph) bool { return g.nodes[id] != nil && !g.nodes[id].isNonPackage() }) {
				g.remove(id)
				continue
			}
			for _, e := range n.errors {
				messages = append(messages, l.listProblem(e).Message)
			}
		}
	}
	if len(messages) == 0 {
		return nil
	}
	slices.Sort(messages)
	return errors.New(strings.Join(slices.Compact(messages), "; "))
}

func (n *node) isNonPackage() bool { return n.root && len(n.files) == 0 }

func (g *graph) hasRoot() bool {
	for _, n := range g.nodes {
		if n.root {
			return true
		}
	}
	return false
}

func isWild(pattern string) bool { return strings.Contains(pattern, "...") }

// matchesAny reports whether a root of any graph matches a pattern with "...".
// Others need not be asked: for a name the go command makes up a package that
// says what is wrong.
func (l *loader) matchesAny(pattern string, graphs []*graph) bool {
	match := l.matcher(pattern)
	for _, g := range graphs {
		for _, n := range g.nodes {
			if n.root && match(n) {
				return true
			}
		}
	}
	return false
}

func (l *loader) matcher(pattern string) func(*node) bool {
	if isLocal(pattern) {
		re := wildcard(filepath.ToSlash(l.abs(pattern)))
		return func(n *node) bool { return re.MatchString(filepath.ToSlash(n.dir)) }
	}
	re := wildcard(pattern)
	return func(n *node) bool { return re.MatchString(n.path) }
}

// wildcard compiles a pattern with "...", which stands for any string; "/..."
// at the end also for none (go help packages).
func wildcard(pattern string) *regexp.Regexp {
	re := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\.\.\.`, `.*`)
	if rest, ok := strings.CutSuffix(re, `/.*`); ok {
		re = rest + `(/.*)?`
	}
	return regexp.MustCompile(`^` + re + `$`)
}
