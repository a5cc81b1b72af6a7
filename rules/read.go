package rules

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// sizeLimit bounds what is taken for a rule; the longest one of the library has a few kilobytes.
const sizeLimit = 1 << 20

// Read reads every *.json of the directory root of fsys as one rule each; names
// that begin with a dot are left alone. All mistakes of all files are returned
// together, sorted by place; a file with a mistake yields no rule, the others do.
func Read(fsys fs.FS) ([]*Rule, []Mistake) { return read(fsys, "") }

// ReadDir is Read for a directory of the file system; places name the files
// with the directory before them.
func ReadDir(dir string) ([]*Rule, []Mistake) { return read(os.DirFS(dir), dir) }

func read(fsys fs.FS, dir string) (all []*Rule, mistakes []Mistake) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, []Mistake{{File: cmp.Or(dir, "."), Message: fmt.Sprintf("the rules cannot be read: %v", err)}}
	}
	entries = slices.DeleteFunc(entries, func(entry fs.DirEntry) bool {
		name := entry.Name() // of another file: configuration, fixture, README
		return entry.IsDir() || !strings.HasSuffix(name, ".json") || strings.HasPrefix(name, ".")
	})
	found, wrong := make([]*Rule, len(entries)), make([][]Mistake, len(entries))
	var wg sync.WaitGroup
	for i, entry := range entries {
		wg.Go(func() { found[i], wrong[i] = readFile(fsys, entry.Name(), filepath.Join(dir, entry.Name())) })
	}
	wg.Wait()
	mistakes = slices.Concat(wrong...)
	for i, rule := range found {
		if len(wrong[i]) == 0 {
			all = append(all, rule)
		}
	}
	all, taken := checkNames(all)
	mistakes = append(mistakes, taken...)
	sortMistakes(mistakes)
	slices.SortFunc(all, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return all, mistakes
}

func readFile(fsys fs.FS, name, shown string) (*Rule, []Mistake) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, []Mistake{{File: shown, Message: fmt.Sprintf("the rule cannot be read: %v", err)}}
	}
	if len(text) > sizeLimit {
		return nil, []Mistake{{File: shown, Message: fmt.Sprintf("has %d bytes: that is no rule", len(text))}}
	}
	return decode(&Source{File: shown, Text: text})
}

// checkNames returns the rules whose aliases name no other rule, and the
// mistakes of the others.
func checkNames(all []*Rule) (good []*Rule, mistakes []Mistake) {
	owner := map[string]string{}
	for _, r := range all {
		owner[r.ID] = r.ID
	}
	for _, r := range all {
		before := len(mistakes)
		for i, alias := range r.Aliases {
			if owner[alias] != "" {
				mistakes = append(mistakes, r.Mistake(fmt.Sprintf("/aliases/%d", i), "%q names the rule %s already", alias, owner[alias]))
			}
			owner[alias] = r.ID
		}
		if len(mistakes) == before {
			good = append(good, r)
		}
	}
	return good, mistakes
}
