package verify

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// Affected returns the directories of packages whose tests may notice a change in
// dirs: those themselves, and of the main modules, all of a workspace, every package
// whose tests are linked with one of them.
func (r Run) Affected(ctx context.Context, dirs []string) ([]string, error) {
	modules, err := r.goList(ctx, "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	args := []string{"-e", "-test", "-f", "{{.Dir}}\t{{.ImportPath}}\t{{join .Deps \"\t\"}}"}
	if len(r.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(r.Tags, ","))
	}
	for _, module := range modules {
		if module != "" { // the go command's name for no module is an empty line
			args = append(args, module+"/...")
		}
	}
	packages, err := r.goList(ctx, args...)
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for _, line := range packages {
		if fields := strings.Split(line, "\t"); len(fields) > 1 && slices.Contains(dirs, fields[0]) {
			changed[plainPath(fields[1])] = true
		}
	}
	all := slices.Clone(dirs)
	for _, line := range packages {
		fields := strings.Split(line, "\t")
		if len(fields) > 2 && strings.HasSuffix(fields[1], ".test") && linksAny(fields[2:], changed) {
			all = append(all, fields[0])
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// linksAny reports whether one of the packages is among those that change.
func linksAny(deps []string, changed map[string]bool) bool {
	return slices.ContainsFunc(deps, func(path string) bool { return changed[plainPath(path)] })
}

// plainPath is an import path without the test that a variant is built for: "p [p.test]".
func plainPath(path string) string {
	path, _, _ = strings.Cut(path, " ")
	return path
}

func (r Run) goList(ctx context.Context, args ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Dir, cmd.Env = r.Dir, r.Env
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("tests: go list: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), nil
}
