package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/lockfix/lockfix/diffs"
)

// rooted names the files of a diff from the top of the repository that dir is
// in, as git does: in a directory below it `git apply` would take other names
// for those of files elsewhere, skip them, and call that success. Without a
// repository the names are those from dir.
//
// A file may lie outside of dir. Then elsewhere is where to apply the diff, the
// top or a directory above it; "" means that it can be applied in dir.
func rooted(changes []diffs.Change, dir string) (out []diffs.Change, elsewhere string) {
	here, err := realPath(dir)
	if err != nil {
		return changes, ""
	}
	top := topOf(here)
	outside := false
	paths := make([]string, len(changes))
	for i, change := range changes {
		paths[i] = fullPath(here, change.Path)
		outside = outside || !below(here, paths[i])
		for !below(top, paths[i]) && top != filepath.Dir(top) {
			top = filepath.Dir(top)
		}
	}
	for i, change := range changes {
		rel, err := filepath.Rel(top, paths[i])
		if err != nil {
			return changes, "" // on another volume
		}
		change.Path = filepath.ToSlash(rel)
		out = append(out, change)
	}
	if outside {
		elsewhere = top
	}
	return out, elsewhere
}

// topOf returns the nearest directory, from dir upwards, that holds a git
// repository, or dir.
func topOf(dir string) string {
	for top := dir; ; top = filepath.Dir(top) {
		if _, err := os.Stat(filepath.Join(top, ".git")); err == nil { // a file in worktrees and submodules
			return top
		}
		if top == filepath.Dir(top) {
			return dir
		}
	}
}

// fullPath is the absolute path of a file that the report names from here.
func fullPath(here, name string) string {
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		return filepath.Join(here, path)
	}
	if dir, err := realPath(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

// realPath is the absolute path without symbolic links: git knows no other.
func realPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// below reports whether path lies in dir or below it.
func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// slashed is a path below dir as it is written in reports.
func slashed(dir, path string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}
