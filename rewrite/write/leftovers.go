package write

import (
	"os"
	"path/filepath"
	"strings"
)

// mark is what the names of temporary files have between that of their target
// and a random end.
const mark = ".lockfix-"

// Leftovers are the temporary files beside a target that a process which was
// killed has left.
func Leftovers(path string) (all []string) {
	dir, base := filepath.Split(path)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		dir, base = filepath.Split(target)
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if strings.HasPrefix(name.Name(), "."+base+mark) {
			all = append(all, filepath.Join(dir, name.Name()))
		}
	}
	return all
}
