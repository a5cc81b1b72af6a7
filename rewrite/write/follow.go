package write

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// follow resolves symbolic links. A link that leads out of the module that the
// file was found in is refused: what lies there belongs to someone else.
func follow(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil || target == path {
		return target, err
	}
	tree, err := filepath.EvalSymlinks(moduleRoot(path))
	if err != nil {
		return "", err
	}
	inside, err := filepath.Rel(tree, target)
	if err != nil || inside == ".." || strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("is a symbolic link out of its module, to %s: run lockfix there", target)
	}
	return target, nil
}

// moduleRoot returns the nearest directory above path that holds a go.mod, or
// the directory of path where there is none.
func moduleRoot(path string) string {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return filepath.Dir(path)
		}
	}
}
