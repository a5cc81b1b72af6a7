package git

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Branch makes a branch with one commit on top of HEAD, in which files, by their
// path from the top, have other texts. Neither the working tree nor the index is
// touched. A branch that holds the very same tree is left as it is; any other one
// of that name is an error.
func (r *Repo) Branch(ctx context.Context, name, message string, files map[string][]byte) error {
	dir, err := os.MkdirTemp("", "lockfix-index-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	own := *r
	own.env = append(r.env[:len(r.env):len(r.env)], "GIT_INDEX_FILE="+filepath.Join(dir, "index"))
	if _, err := own.run(ctx, "read-tree", "HEAD"); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		mode, err := own.Mode(ctx, path)
		if err != nil {
			return err
		}
		if mode == "" {
			return fmt.Errorf("%s is not in the last commit: commit it first", path)
		}
		if err := own.putFiltered(ctx, path, mode, files[path]); err != nil {
			return err
		}
	}
	tree, err := own.word(ctx, nil, "write-tree")
	if err != nil {
		return err
	}
	if there, err := r.word(ctx, nil, "rev-parse", "--quiet", "--verify", "refs/heads/"+name); err == nil {
		if has, err := r.word(ctx, nil, "rev-parse", there+"^{tree}"); err == nil && has == tree {
			return nil
		}
		return fmt.Errorf("the branch %s is there already: delete it, or name another prefix", name)
	}
	commit, err := own.word(ctx, []byte(message), "commit-tree", tree, "-p", "HEAD", "-F", "-")
	if err != nil {
		return err
	}
	_, err = r.run(ctx, "update-ref", "refs/heads/"+name, commit, "")
	return err
}

// putFiltered is Put for a text of the working tree: git converts it on its way.
func (r *Repo) putFiltered(ctx context.Context, path, mode string, text []byte) error {
	blob, err := r.word(ctx, text, "hash-object", "-w", "--stdin", "--path", path)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, "update-index", "--cacheinfo", mode+","+blob+","+path)
	return err
}

// word runs git for a single word.
func (r *Repo) word(ctx context.Context, stdin []byte, args ...string) (string, error) {
	out, err := r.runIn(ctx, r.Top, stdin, args...)
	return strings.TrimSpace(string(out)), err
}

// State names the text of everything that git knows here: the last commit, and
// what differs from it.
func (r *Repo) State(ctx context.Context) (string, error) {
	head, err := r.word(ctx, nil, "rev-parse", "HEAD")
	if err != nil {
		return "", err
	}
	changed, err := r.run(ctx, "diff", "HEAD", "--binary", "--no-ext-diff")
	if err != nil {
		return "", err
	}
	untracked, err := r.Untracked(ctx)
	return head + "\n" + string(changed) + "\n" + strings.Join(untracked, "\n"), err
}
