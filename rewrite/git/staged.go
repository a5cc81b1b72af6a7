package git

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Staged is one file that the next commit changes.
type Staged struct {
	Path     string // from the top, slash-separated
	Mode     string // "100644"; "000000" for a file that goes
	Old, New string // blobs; all zeros where there is none; of a renamed file Old is that of its former name
}

// Regular reports whether the file is there after the commit, and is no
// submodule and no symbolic link.
func (s Staged) Regular() bool { return strings.HasPrefix(s.Mode, "100") }

// StagedIn returns what the index of the repository that dir is in changes of the
// last commit, sorted by path; before the first commit that is all of it. Files
// that a merge could not merge are not among them. It is one run of git: a hook
// that has nothing to do knows so after it.
func StagedIn(ctx context.Context, dir string, env []string) ([]Staged, error) {
	staged, err := (&Repo{Top: dir, env: plain(env)}).raw(ctx, cached...)
	if err != nil {
		if _, none := Open(ctx, dir, env); none != nil {
			return nil, none // outside of a repository git diff takes its arguments for files
		}
	}
	return staged, err
}

var cached = []string{"diff", "--cached", "--raw", "-z", "--find-renames", "--no-relative", "--abbrev=64", "--no-ext-diff", "--ignore-submodules"}

// StagedSince is StagedIn against another commit.
func (r *Repo) StagedSince(ctx context.Context, commit string) ([]Staged, error) {
	return r.raw(ctx, append(slices.Clone(cached), commit)...)
}

// Edited returns the files whose text in the working tree differs from that in
// the index: Old is the blob of the index.
func (r *Repo) Edited(ctx context.Context) ([]Staged, error) {
	return r.raw(ctx, "diff-files", "--raw", "-z", "--no-renames", "--abbrev=64", "--ignore-submodules")
}

// raw reads the raw format: ":100644 100644 old new M\0path\0", and of a renamed file
// ":100644 100644 old new R97\0former path\0path\0", which are one that goes and one that comes.
func (r *Repo) raw(ctx context.Context, args ...string) (all []Staged, err error) {
	fields, err := r.list(ctx, args...)
	if err != nil {
		return nil, err
	}
	for ; len(fields) >= 2; fields = fields[2:] {
		words := strings.Fields(strings.TrimPrefix(fields[0], ":"))
		if len(words) != 5 {
			return nil, fmt.Errorf("git %s: cannot read %q", args[0], fields[0])
		}
		if words[4] == "U" {
			continue
		}
		if strings.HasPrefix(words[4], "R") && len(fields) > 2 {
			all = append(all, Staged{Path: fields[1], Mode: "000000", Old: words[2], New: strings.Repeat("0", len(words[2]))})
			fields = fields[1:]
		}
		all = append(all, Staged{Path: fields[1], Mode: words[1], Old: words[2], New: words[3]})
	}
	slices.SortFunc(all, func(a, b Staged) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// Untracked returns the files that git neither knows nor ignores.
func (r *Repo) Untracked(ctx context.Context) ([]string, error) {
	return r.list(ctx, "ls-files", "-z", "--others", "--exclude-standard")
}

// Merging returns the commit that is being merged in, the first of several, ""
// if none is.
func (r *Repo) Merging() string {
	text, err := os.ReadFile(filepath.Join(r.Dir, "MERGE_HEAD"))
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}

// Blobs returns the texts of blobs by name, in one run of git. A name of zeros
// has none.
func (r *Repo) Blobs(ctx context.Context, names []string) (map[string][]byte, error) {
	var ask bytes.Buffer
	texts := make(map[string][]byte)
	for _, name := range names {
		if _, asked := texts[name]; asked || strings.Trim(name, "0") == "" {
			continue
		}
		texts[name] = nil
		ask.WriteString(name + "\n")
	}
	if ask.Len() == 0 {
		return texts, nil
	}
	out, err := r.runIn(ctx, r.Top, ask.Bytes(), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	for len(out) > 0 {
		header, rest, _ := bytes.Cut(out, []byte("\n"))
		words := strings.Fields(string(header)) // name, type, size
		if len(words) != 3 {
			return nil, fmt.Errorf("git cat-file: %s", header)
		}
		size, err := strconv.Atoi(words[2])
		if err != nil || size+1 > len(rest) {
			return nil, fmt.Errorf("git cat-file: %s", header)
		}
		texts[words[0]] = rest[:size:size]
		out = rest[size+1:]
	}
	return texts, nil
}

// Diff returns what has become of a file since a commit parted from another one: a unified diff, whatever
// the settings of who runs it are.
func (r *Repo) Diff(ctx context.Context, from, to, oldPath, path string) ([]byte, error) {
	if from == "" || to == "" {
		return nil, nil
	}
	return r.run(ctx, "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=3", "--find-renames", from+"..."+to, "--", oldPath, path)
}

// Path is the absolute path of a file of the repository.
func (r *Repo) Path(name string) string { return filepath.Join(r.Top, filepath.FromSlash(name)) }
