package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// readFile returns a file as this load sees it.
func (l *loader) readFile(path string) ([]byte, error) {
	text, ok := l.overlay[path]
	switch {
	case !ok:
		return os.ReadFile(path)
	case text == nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return bytes.Clone(text), nil // readers blank what they do not need
}

// overlayFlag writes the overlay where the go command reads it, `go help build`
// says how, and returns the flag. remove takes the files away again.
func (l *loader) overlayFlag() (flag string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "lockfix-overlay-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	replace := make(map[string]string, len(l.overlay))
	for path, text := range l.overlay {
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
