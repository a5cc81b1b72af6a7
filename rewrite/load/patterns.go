package load

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// expandWorkspace returns the patterns, with the workspace's modules below a
// "dir/..." named beside it: the go command stops at the border of the module
// that dir is in, and refuses where it is in none.
func (l *loader) expandWorkspace(ctx context.Context) ([]string, error) {
	if l.goenv.GOWORK == "" || l.goenv.GOWORK == "off" || !slices.ContainsFunc(l.patterns, isLocalTree) {
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
	return ok && isLocal(pattern) && !strings.Contains(dir, "...")
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
	var errs []error
	for _, g := range graphs {
		errs = append(errs, l.takeOutNonPackages(g)...)
	}
	for _, pattern := range patterns {
		if len(errs) == 0 && !l.matchesAny(pattern, graphs) {
			errs = append(errs, fmt.Errorf("%s matches no packages: check the pattern and the build tags, or run lockfix where there are Go files", pattern))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errors.Join(unique(errs)...)
}

// takeOutNonPackages takes the roots out of g that hold no Go file: they are
// what the go command makes up for a pattern that it cannot follow. It returns
// why it cannot.
func (l *loader) takeOutNonPackages(g *graph) []error {
	var errs []error
	for _, n := range g.inOrder() {
		if !n.root || len(n.files) > 0 || len(n.errors) == 0 {
			continue
		}
		for _, e := range n.errors {
			errs = append(errs, errors.New(l.listProblem(e).Message))
		}
	}
	return errs
}

func unique(errs []error) []error {
	seen := make(map[string]bool)
	return slices.DeleteFunc(errs, func(err error) bool {
		had := seen[err.Error()]
		seen[err.Error()] = true
		return had
	})
}

// matchesAny reports whether a root of any graph matches pattern. For patterns
// without "..." it need not ask: the go command makes up a package for them.
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
	if !strings.Contains(pattern, "...") {
		return func(*node) bool { return true } // a meta pattern, such as work, may match anything
	}
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
