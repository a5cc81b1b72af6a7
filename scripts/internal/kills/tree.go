package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A tree is the texts of files by their path.
type tree map[string]string

// read reads a folder without its git directory, and without the temporary files
// of a write that was killed: the next lockfix takes them away.
func read(dir string) (tree, error) {
	all := tree{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir() || leftover(d.Name()):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		all[filepath.ToSlash(rel)] = string(text)
		return err
	})
	return all, err
}

// leftover reports whether a name is that of a temporary file.
func leftover(name string) bool {
	return strings.HasPrefix(name, ".") && strings.LastIndex(name, ".lockfix-") > 0 || strings.HasSuffix(name, ".lockfix-new")
}

// leftovers are the temporary files below a folder.
func leftovers(dir string) (all []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() != ".git" && !d.IsDir() && leftover(d.Name()) {
			all = append(all, path)
		}
		return err
	})
	return all, err
}

func (t tree) equal(other tree) bool { return maps.Equal(t, other) }

// differs names the files in which two trees differ.
func (t tree) differs(other tree) (names []string) {
	for name, text := range t {
		if there, ok := other[name]; !ok || there != text {
			names = append(names, name)
		}
	}
	for name := range other {
		if _, ok := t[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// same makes sure that the working tree is this very one.
func (y *yard) same(want tree) error {
	now, err := read(y.dir)
	if err != nil {
		return err
	}
	if names := now.differs(want); len(names) > 0 {
		return fmt.Errorf("these files are not as they should be: %v", names)
	}
	return nil
}

// whole makes sure that each file is as it was or as it was to be, and returns
// those that are new.
func (y *yard) whole() (news map[string]bool, err error) {
	now, err := read(y.dir)
	if err != nil {
		return nil, err
	}
	news = map[string]bool{}
	for name, text := range now {
		switch text {
		case y.old[name]:
		case y.fixed[name]:
			news[name] = true
		default:
			return nil, fmt.Errorf("%s is torn: %d bytes", name, len(text))
		}
	}
	if len(now) != len(y.old) {
		return nil, fmt.Errorf("%d files of %d are there", len(now), len(y.old))
	}
	return news, nil
}

// A ledger is the fingerprints of findings by file.
type ledger map[string][]string

func (l ledger) all() (ids []string) {
	for _, some := range l {
		ids = append(ids, some...)
	}
	slices.Sort(ids)
	return ids
}

// check is what lockfix finds now.
func (y *yard) check() (ledger, error) {
	out, err := y.run(append([]string{"check", "-q", "--format", "json"}, y.packages...)...)
	if err != nil {
		return nil, err
	}
	var report struct {
		Findings []struct{ ID, File string }
		Errors   []struct{ Message string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	if len(report.Errors) > 0 {
		return nil, fmt.Errorf("check: %v", report.Errors)
	}
	l := ledger{}
	for _, f := range report.Findings {
		l[f.File] = append(l[f.File], f.ID)
	}
	return l, nil
}

// noneLost makes sure that what is found now is what stands in the old files and
// what was left in the new ones.
func (y *yard) noneLost(news map[string]bool) error {
	want := ledger{}
	for name := range y.old {
		want[name] = y.oldFound[name]
		if news[name] {
			want[name] = y.newOnes[name]
		}
	}
	now, err := y.check()
	if err != nil {
		return err
	}
	if !slices.Equal(now.all(), want.all()) {
		return fmt.Errorf("%d findings are there, want %d", len(now.all()), len(want.all()))
	}
	return nil
}
