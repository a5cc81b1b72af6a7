package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/write"
)

// An Outcome is what became of one file that was fixed in the index.
type Outcome struct {
	File string // from the top
	// Tree says what the working tree holds now.
	Tree    Tree
	Because string // of Unwritten
}

// A Tree is how a fix of the index came out in the working tree.
type Tree string

// The ways it can.
const (
	Same   Tree = "same"   // it had the staged text, and has the fixed one
	Merged Tree = "merged" // it has its own edits, and the fix
	Kept   Tree = "kept"   // its own edits are on the same lines: it was left alone
	Gone   Tree = "gone"   // it has the file no more
	// Unwritten: the index has the fix, but the file could not be written.
	Unwritten Tree = "unwritten"
	// Alone: only the tree has the fixed text, since the index is not ours to
	// change: pre-commit holds what is not staged in a patch against it.
	Alone Tree = "alone"
)

// fix makes the fixed texts the staged ones.
func (h *hook) fix(ctx context.Context) error {
	if strings.HasPrefix(filepath.Base(h.getenv("GIT_INDEX_FILE")), "next-index-") {
		// `git commit FILE…` commits from an index of its own and keeps the other
		// as it was: the next commit would take the fix back.
		h.result.NoFix = "a commit of single files keeps the index as it was: add the files and commit without their names"
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// From here on it is done for all files, also if somebody presses Ctrl-C: between the index and the
	// working tree a file would keep its old text, and the next commit take the fix back.
	ctx, h.view.repo = context.WithoutCancel(ctx), h.view.repo.Undisturbed()
	repo := h.view.repo
	for _, path := range slices.Sorted(maps.Keys(h.after)) {
		name := h.fromTop(path)
		mode, err := repo.Mode(ctx, name)
		if err != nil {
			return err
		}
		if mode == "" {
			continue // not a file of the commit
		}
		tree, err := h.fixFile(ctx, path, name, mode)
		failures, unwritten := errors.AsType[*write.Failures](err)
		if err != nil && !unwritten {
			return err
		}
		outcome := Outcome{File: name, Tree: tree}
		if unwritten {
			outcome.Because = failures.Of[0].Err.Error()
		}
		h.result.Fixed = append(h.result.Fixed, outcome)
	}
	h.markFixed()
	return nil
}

// fixFile changes the index first: from then on the fix cannot be lost. Under
// pre-commit it does not: what is not staged has been put away as a patch, which
// would not apply any more to another index, and be lost.
func (h *hook) fixFile(ctx context.Context, path, name, mode string) (Tree, error) {
	if h.getenv("PRE_COMMIT") != "" {
		return h.fixTree(ctx, path)
	}
	repo := h.view.repo
	fixed, err := h.staged(ctx, path, name)
	if err != nil {
		return "", err
	}
	if err := repo.Put(ctx, name, mode, fixed); err != nil {
		return "", err
	}
	ours, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Gone, nil // it was deleted, but that is not staged
	}
	if err != nil {
		return "", err
	}
	switch {
	case bytes.Equal(ours, h.before[path]):
		return writeTree(ctx, Same, write.File{Path: path, Before: ours, After: h.after[path]})
	case !h.view.edited[name]: // git converts it on its way
		return Same, repo.CheckOut(ctx, []string{name})
	}
	merged, clean, err := repo.MergeFile(ctx, ours, inStyle(h.before[path], ours), inStyle(h.after[path], ours))
	if err != nil || !clean {
		return Kept, err
	}
	return writeTree(ctx, Merged, write.File{Path: path, Before: ours, After: merged})
}

// staged returns the fixed text as the index is to have it. Its error says that somebody has
// staged another text meanwhile, which is to stand.
func (h *hook) staged(ctx context.Context, path, name string) ([]byte, error) {
	now, err := h.view.repo.StagedText(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case bytes.Equal(now, h.before[path]):
		return h.after[path], nil
	case bytes.Equal(now, withoutCR(h.before[path])): // of the working tree: git converts it on its way
		return withoutCR(h.after[path]), nil
	}
	return nil, fmt.Errorf("%s was staged again while it was checked: commit again", name)
}

func withoutCR(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// writeTree writes one file of the working tree, which then is as it is called.
func writeTree(ctx context.Context, written Tree, f write.File) (Tree, error) {
	if err := write.Files(ctx, []write.File{f}); err != nil {
		return Unwritten, err
	}
	return written, nil
}

// fixTree changes the working tree alone, which pre-commit has made as the index is.
func (h *hook) fixTree(ctx context.Context, path string) (Tree, error) {
	ours, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(ours, h.before[path]) {
		return Kept, nil
	}
	return Alone, write.Files(ctx, []write.File{{Path: path, Before: ours, After: h.after[path]}})
}

// inStyle gives a text of the index the line ends that git gave its file in the
// working tree.
func inStyle(text, like []byte) []byte {
	if bytes.Contains(text, []byte("\r\n")) || !bytes.Contains(like, []byte("\r\n")) {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

// markFixed says in the report what is now in the index.
func (h *hook) markFixed() {
	r := &h.result.Report
	for i, f := range r.Findings {
		if h.applied[f.ID] {
			r.Findings[i].Fix.Status = report.Fixed
		}
	}
	h.tally()
}

func (h *hook) getenv(name string) string {
	if h.opts.Env == nil {
		return os.Getenv(name)
	}
	for _, v := range slices.Backward(h.opts.Env) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}
