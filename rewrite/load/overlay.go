package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// An overlay is what a load sees otherwise than it is on disk, by absolute path;
// a nil text is a file that is not there. The zero value changes nothing.
type overlay map[string][]byte

// read returns a file as the load sees it.
func (o overlay) read(path string) ([]byte, error) {
	text, ok := o[path]
	switch {
	case !ok:
		return os.ReadFile(path)
	case text == nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return bytes.Clone(text), nil // readers blank what they do not need
}

// goFiles returns the paths of the Go files in a directory, sorted.
func (o overlay) goFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && len(o) == 0 {
		return nil, err
	}
	there := map[string]bool{}
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) == ".go" {
			there[filepath.Join(dir, e.Name())] = true
		}
	}
	for path, text := range o {
		if filepath.Dir(path) == dir && filepath.Ext(path) == ".go" {
			there[path] = text != nil
		}
	}
	maps.DeleteFunc(there, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(there)), nil
}

// flag writes the overlay where the go command reads it, `go help build` says
// how, and returns the flag. remove takes the files away again.
func (o overlay) flag() (flag string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "lockfix-overlay-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	replace := make(map[string]string, len(o))
	for path, text := range o {
		replace[path] = ""
		if text == nil {
			continue
		}
		replace[path] = filepath.Join(dir, fmt.Sprintf("%d", len(replace)))
		if err := os.WriteFile(replace[path], text, 0o600); err != nil {
			remove()
			return "", nil, err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return "-overlay=" + filepath.Join(dir, "overlay.json"), remove, nil
}
