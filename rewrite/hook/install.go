package hook

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lockfix/lockfix/rewrite/git"
)

const (
	hookName = "pre-commit"
	// before is what an existing hook is called once ours has its place.
	before = "pre-commit.before-lockfix"
	mark   = "# lockfix hook"
)

// script is the hook. The one that was there before runs first, and what it
// refuses is refused.
const script = `#!/bin/sh
` + mark + `: checks what is staged. ` + "`lockfix hook uninstall`" + ` takes it away.
before=$(dirname "$0")/` + before + `
if [ -x "$before" ]; then
	"$before" "$@" || exit
fi
# Where no Go file is staged git can tell, in the time that lockfix takes to start.
if git diff --cached --quiet --no-ext-diff --ignore-submodules -- ':(top)*.go' 2>/dev/null; then
	exit 0
fi
if command -v lockfix >/dev/null 2>&1; then
	exec lockfix hook run%[1]s
elif [ -x %[2]s ]; then
	exec %[2]s hook run%[1]s
fi
echo "lockfix: not found: what is staged was not checked" >&2
`

// Install makes lockfix the pre-commit hook of the repository that dir is in; a
// hook that is there is kept and runs first. flags go to `hook run`; lockfix is
// the path of this program, for where it is not on the PATH. It returns the path
// of the hook.
func Install(ctx context.Context, dir string, env []string, lockfix string, flags []string) (string, error) {
	path, err := place(ctx, dir, env)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	case !ours(text):
		kept := filepath.Join(filepath.Dir(path), before)
		if _, err := os.Lstat(kept); err == nil {
			return "", fmt.Errorf("both %s and %s are there: one of them has to go", path, kept)
		}
		if err := os.Rename(path, kept); err != nil {
			return "", err
		}
	}
	var words strings.Builder
	for _, flag := range flags {
		words.WriteString(" " + quoted(flag))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", err
	}
	return path, replace(path, fmt.Sprintf(script, words.String(), quoted(lockfix)))
}

// Uninstall takes the hook away and gives the one that was there before its
// place back. The error says so where there is none of ours.
func Uninstall(ctx context.Context, dir string, env []string) (string, error) {
	path, err := place(ctx, dir, env)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil || !ours(text) {
		return "", fmt.Errorf("%s is not of lockfix: nothing was taken away", path)
	}
	kept := filepath.Join(filepath.Dir(path), before)
	if _, err := os.Lstat(kept); err == nil {
		return path, os.Rename(kept, path)
	}
	return path, os.Remove(path)
}

// place is the path of the hook. A directory outside of the repository is shared
// with others (core.hooksPath), and not ours to write to.
func place(ctx context.Context, dir string, env []string) (string, error) {
	repo, err := git.Open(ctx, dir, env)
	if err != nil {
		return "", err
	}
	hooks, err := repo.HooksDir(ctx)
	if err != nil {
		return "", err
	}
	common, err := repo.CommonDir(ctx)
	if err != nil {
		return "", err
	}
	if !below(repo.Top, hooks) && !below(common, hooks) {
		return "", fmt.Errorf("the hooks are in %s, which other repositories may share (core.hooksPath): add `lockfix hook run` to %s there", hooks, hookName)
	}
	return filepath.Join(hooks, hookName), nil
}

func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

func ours(text []byte) bool { return strings.Contains(string(text), mark) }

// replace writes an executable file at one instant.
func replace(path, text string) error {
	temporary := path + ".lockfix-new"
	if err := os.WriteFile(temporary, []byte(text), 0o777); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// quoted is a word of the shell.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
