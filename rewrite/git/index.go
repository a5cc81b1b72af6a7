package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Put makes text the one that the next commit has for a file.
func (r *Repo) Put(ctx context.Context, path, mode string, text []byte) error {
	out, err := r.runIn(ctx, r.Top, text, "hash-object", "-w", "--stdin", "--no-filters")
	if err != nil {
		return err
	}
	_, err = r.run(ctx, "update-index", "--cacheinfo", mode+","+strings.TrimSpace(string(out))+","+path)
	return err
}

// StagedText is the text that the next commit has for a file.
func (r *Repo) StagedText(ctx context.Context, path string) ([]byte, error) {
	return r.run(ctx, "cat-file", "blob", ":"+path)
}

// CheckOut writes files of the index to the working tree, converted as git
// converts them.
func (r *Repo) CheckOut(ctx context.Context, paths []string) error {
	_, err := r.runIn(ctx, r.Top, []byte(strings.Join(paths, "\x00")), "checkout-index", "-f", "-u", "-z", "--stdin")
	return err
}

// Mode is the mode of a file in the index, "" if it is not there.
func (r *Repo) Mode(ctx context.Context, path string) (string, error) {
	entries, err := r.list(ctx, "ls-files", "-z", "--stage", "--", path)
	if err != nil || len(entries) != 1 {
		return "", err
	}
	mode, _, _ := strings.Cut(entries[0], " ")
	return mode, nil
}

// MergeFile carries the way from base to theirs over to ours. clean is false
// where both change the same lines.
func (r *Repo) MergeFile(ctx context.Context, ours, base, theirs []byte) (text []byte, clean bool, err error) {
	dir, err := os.MkdirTemp("", "lockfix-merge-")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	args := []string{"merge-file", "-p", "-q"}
	for name, text := range map[string][]byte{"0ours": ours, "1base": base, "2theirs": theirs} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, false, err
		}
	}
	for _, name := range []string{"0ours", "1base", "2theirs"} {
		args = append(args, filepath.Join(dir, name))
	}
	text, err = r.run(ctx, args...)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Code() > 0 && failed.Code() < 128 {
		return nil, false, nil // so many conflicts
	}
	return text, err == nil, err
}

// HooksDir is where git looks for hooks, absolute.
func (r *Repo) HooksDir(ctx context.Context) (string, error) {
	out, err := r.run(ctx, "rev-parse", "--git-path", "hooks")
	if err != nil {
		return "", fmt.Errorf("hooks: %w", err)
	}
	dir := filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Top, dir)
	}
	return dir, nil
}

// CommonDir is the git directory that linked working trees share, absolute.
func (r *Repo) CommonDir(ctx context.Context) (string, error) {
	out, err := r.run(ctx, "rev-parse", "--git-common-dir")
	if err != nil {
		return "", err
	}
	dir := filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Top, dir)
	}
	return filepath.Clean(dir), nil
}
