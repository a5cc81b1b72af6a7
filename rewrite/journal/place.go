package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// Place returns the directory for the journal of what is written in workdir:
// in the repository's git directory, where it is out of sight and goes with the
// working tree; without a repository, in the user's cache, by the name of the
// module's root. getenv is asked for the user's directories.
func Place(workdir string, getenv func(string) string) (string, error) {
	dir, err := filepath.Abs(workdir)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if git := gitDir(dir); git != "" {
		return filepath.Join(git, "lockfix", "journal"), nil
	}
	sum := sha256.Sum256([]byte(moduleRoot(dir)))
	return filepath.Join(cacheDir(getenv), "lockfix", "journal", hex.EncodeToString(sum[:8])), nil
}

// gitDir returns the git directory of the working tree that dir is in, "" if
// there is none. In linked trees and submodules .git is a file that names it.
func gitDir(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		git := filepath.Join(dir, ".git")
		if info, err := os.Stat(git); err == nil {
			if info.IsDir() {
				return git
			}
			text, _ := os.ReadFile(git)
			if named, ok := strings.CutPrefix(string(text), "gitdir:"); ok {
				named = strings.TrimSpace(named)
				if !filepath.IsAbs(named) {
					named = filepath.Join(dir, named)
				}
				return named
			}
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// moduleRoot is the nearest directory with a go.work or go.mod, or dir.
func moduleRoot(dir string) string {
	for _, name := range []string{"go.work", "go.mod"} {
		for at := dir; ; at = filepath.Dir(at) {
			if _, err := os.Stat(filepath.Join(at, name)); err == nil {
				return at
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return dir
}

// cacheDir is the user's, or the temporary directory where the environment
// names none, as in many containers.
func cacheDir(getenv func(string) string) string {
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".cache")
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return dir
	}
	return os.TempDir()
}
