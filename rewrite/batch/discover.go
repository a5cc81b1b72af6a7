package batch

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"
)

// Discover returns the directories below root that hold a module, from there,
// sorted; "." for root itself. What the go command leaves out is left out:
// vendor, testdata, and names that begin with a dot or an underscore. apart are the directories
// that hold another repository (a submodule, a linked working tree): what is
// changed there is committed there.
func Discover(root string) (modules, apart []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (name == "vendor" || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			return filepath.SkipDir
		}
		if _, err := os.Lstat(filepath.Join(path, ".git")); d.IsDir() && path != root && err == nil {
			rel, err := filepath.Rel(root, path)
			apart = append(apart, filepath.ToSlash(rel))
			return cmp.Or(err, filepath.SkipDir)
		}
		if name != "go.mod" || d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		modules = append(modules, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("batch: %w", err)
	}
	if len(modules) == 0 {
		return nil, nil, fmt.Errorf("batch: there is no go.mod in %s or below", root)
	}
	slices.Sort(modules)
	return modules, apart, nil
}

// Owners returns who owns a file, by the CODEOWNERS of the repository: of
// several owners the first. Without one, nobody owns anything.
func Owners(root string) (func(file string) string, error) {
	for _, name := range []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"} {
		file, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		defer file.Close()
		rules, err := codeowners.ParseFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return func(path string) string {
			rule, err := rules.Match(path)
			if err != nil || rule == nil || len(rule.Owners) == 0 {
				return ""
			}
			return rule.Owners[0].String()
		}, nil
	}
	return func(string) string { return "" }, nil
}
