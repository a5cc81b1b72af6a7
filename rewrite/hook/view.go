package hook

import (
	"bytes"
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/git"
)

// A view is the tree as the next commit has it.
type view struct {
	repo    *git.Repo
	staged  []stagedFile      // the Go files that the commit changes and that are there after it
	overlay map[string][]byte // by absolute path, what the working tree has otherwise
	edited  map[string]bool   // paths whose text in the working tree is not that of the index
}

// A stagedFile is one Go file with the lines that the commit changes.
type stagedFile struct {
	git.Staged
	sides [][]diffs.Hunk // from each parent of the commit: in a merge a line is new that neither has
	text  []byte
}

// look reads the index. Files that git does not know are not part of the
// commit, so they are not there; files that it ignores are: they may be made
// by a generator, and the others need them.
//
// In a merge, others are the files as the side that is merged in has them.
func look(ctx context.Context, repo *git.Repo, staged, others []git.Staged) (*view, error) {
	v := &view{repo: repo, overlay: map[string][]byte{}, edited: map[string]bool{}}
	edited, err := repo.Edited(ctx)
	if err != nil {
		return nil, err
	}
	untracked, err := repo.Untracked(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := repo.Blobs(ctx, names(append(others, staged...), edited))
	if err != nil {
		return nil, err
	}
	for _, name := range untracked {
		if ofBuild(name) {
			v.overlay[repo.Path(name)] = nil
		}
	}
	for _, f := range edited {
		v.edited[f.Path] = true
		if ofBuild(f.Path) && f.Mode != "120000" {
			v.overlay[repo.Path(f.Path)] = texts[f.Old] // nil for one that is only meant to be added
		}
	}
	for _, f := range staged {
		if !isGo(f.Path) || !f.Regular() {
			continue
		}
		file := stagedFile{Staged: f, text: texts[f.New]}
		file.side(texts[f.Old])
		for _, o := range others {
			if o.Path == f.Path {
				file.side(texts[o.Old])
			}
		}
		if on, err := os.ReadFile(repo.Path(f.Path)); err != nil || !bytes.Equal(on, file.text) {
			v.overlay[repo.Path(f.Path)] = file.text
		} // else nothing is laid over it: what was learned of the tree holds
		v.staged = append(v.staged, file)
	}
	return v, nil
}

// otherwise reports whether a text is not the staged one of its file.
func (v *view) otherwise(path string, text []byte) bool {
	return slices.ContainsFunc(v.staged, func(f stagedFile) bool {
		return v.repo.Path(f.Path) == path && !bytes.Equal(f.text, text)
	})
}

// side adds what the commit changes of the text of one parent.
func (f *stagedFile) side(old []byte) {
	f.sides = append(f.sides, diffs.Lines(diffs.SplitLines(old), diffs.SplitLines(f.text)))
}

func names(staged, edited []git.Staged) (all []string) {
	for _, f := range staged {
		if isGo(f.Path) && f.Regular() {
			all = append(all, f.Old, f.New)
		}
	}
	for _, f := range edited {
		if ofBuild(f.Path) {
			all = append(all, f.Old)
		}
	}
	return all
}

func isGo(name string) bool { return strings.HasSuffix(name, ".go") }

// ofBuild reports whether the go command reads a file to know what to build.
func ofBuild(name string) bool {
	switch path.Base(name) {
	case "go.mod", "go.sum", "go.work", "go.work.sum":
		return true
	}
	return isGo(name)
}

// groups are the directories of the staged files by the module that they are in,
// each a pattern for the go command in that module's directory.
func (v *view) groups(exists func(string) bool) map[string][]string {
	all := map[string][]string{}
	for _, f := range v.staged {
		dir := path.Dir(f.Path)
		if ignoredByGo(dir) {
			continue
		}
		module := v.moduleOf(dir, exists)
		if module == "" {
			continue // not in a module: the go command would not build it
		}
		rel, err := filepath.Rel(module, v.repo.Path(dir))
		if err != nil {
			continue
		}
		pattern := "./" + filepath.ToSlash(rel)
		if !slices.Contains(all[module], pattern) {
			all[module] = append(all[module], pattern)
		}
	}
	return all
}

// ignoredByGo reports whether `./...` leaves a directory out.
func ignoredByGo(dir string) bool {
	for part := range strings.SplitSeq(dir, "/") {
		if part == "testdata" || part == "vendor" || part != "." && (strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_")) {
			return true
		}
	}
	return false
}

// moduleOf is the nearest directory with a go.mod, within the repository or
// above it.
func (v *view) moduleOf(dir string, exists func(string) bool) string {
	for at := v.repo.Path(dir); ; at = filepath.Dir(at) {
		mod := filepath.Join(at, "go.mod")
		text, known := v.overlay[mod]
		if known && text != nil || !known && exists(mod) {
			return at
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

// unmerged leaves out the files that a merge takes from the other side as they
// are: their lines are nobody's news here.
func unmerged(staged, fromOther []git.Staged) (own []git.Staged) {
	for _, f := range staged {
		if slices.ContainsFunc(fromOther, func(o git.Staged) bool { return o.Path == f.Path }) {
			own = append(own, f)
		}
	}
	return own
}
