// Package write puts changed files on disk: all of them, or none.
//
// A set of files is written in two phases. In the first every new text goes to
// a temporary file beside its target, and every reason not to write is
// collected; if there is one, the temporary files go and nothing has happened.
// In the second the temporary files are renamed onto their targets, which a
// reader sees as one instant each; if a rename fails, the files that were
// renamed before it get their old text back.
//
// What it cannot do: a machine that stops between two renames leaves some files
// old and some new, each of them whole; package journal tells which. A file with several hard links is replaced under the name
// that was given and keeps its old text under the others.
package write

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A File is one file to be written.
type File struct {
	Path   string // absolute; a symbolic link is followed
	Before []byte // as it was read; a file that has changed since is not written
	After  []byte
}

// Files writes all files or none. Mode and owner of each are kept. The error
// is a *Failures, or that of ctx, which is heeded until the first rename.
func Files(ctx context.Context, files []File) error {
	prepared, failures := prepareAll(ctx, files)
	defer func() {
		for _, p := range prepared {
			os.Remove(p.temporary) // those that were renamed are no longer there
		}
	}()
	if len(failures) > 0 {
		return &Failures{Of: failures}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return commit(prepared)
}

// A prepared file has its new text in a temporary file beside it.
type prepared struct {
	File
	target    string // Path with symbolic links resolved
	temporary string
}

func prepareAll(ctx context.Context, files []File) (all []*prepared, failures []Failure) {
	for _, f := range files {
		if ctx.Err() != nil {
			break
		}
		if bytes.Equal(f.Before, f.After) {
			continue
		}
		p, err := prepare(f)
		if err != nil {
			failures = append(failures, Failure{f.Path, explain(err)})
			continue
		}
		all = append(all, p)
	}
	return all, failures
}

func prepare(f File) (*prepared, error) {
	target, err := follow(f.Path)
	if err != nil {
		return nil, err
	}
	info, err := writable(target)
	if err != nil {
		return nil, err
	}
	if err := unchanged(target, f.Before); err != nil {
		return nil, err
	}
	temporary, err := writeBeside(target, info, f.After)
	if err != nil {
		return nil, err
	}
	return &prepared{f, target, temporary}, nil
}

// writable refuses what a rename would replace without a question: a rename
// asks for the permission of the directory, not for that of the file.
func writable(target string) (fs.FileInfo, error) {
	info, err := os.Stat(target)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Mode().Perm()&0o222 == 0:
		return nil, errors.New("is read-only: make it writable (chmod u+w) and run again")
	}
	return info, nil
}

// unchanged makes sure that the file still holds what the rewrite was made from.
func unchanged(target string, before []byte) error {
	now, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) {
		return errors.New("has changed since it was read: run again")
	}
	return nil
}

// writeBeside writes text to a new file in the directory of target, with its
// mode and owner, and forces it to the disk, so that a rename never brings up a
// file that is empty after a crash.
func writeBeside(target string, like fs.FileInfo, text []byte) (temporary string, err error) {
	// A leading dot: the go command ignores it if we are killed and leave it.
	file, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+mark+"*")
	if errors.Is(err, fs.ErrPermission) {
		return "", errors.New("permission denied: its directory does not let files be written")
	}
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	if _, err := file.Write(text); err != nil {
		return "", err
	}
	keepOwner(file, like)
	if err := file.Chmod(like.Mode()); err != nil {
		return "", err
	}
	return file.Name(), file.Sync()
}

// commit renames every temporary file, or takes back what it renamed.
func commit(all []*prepared) error {
	for i, p := range all {
		err := unchanged(p.target, p.Before)
		if err == nil {
			err = os.Rename(p.temporary, p.target)
		}
		if err != nil {
			failures := &Failures{Of: []Failure{{p.Path, explain(err)}}}
			takeBack(all[:i], failures)
			return failures
		}
	}
	return nil
}

// takeBack gives files that were renamed their old text.
func takeBack(done []*prepared, failures *Failures) {
	for _, p := range slices.Backward(done) {
		old, err := prepare(File{Path: p.Path, Before: p.After, After: p.Before})
		if err == nil {
			err = os.Rename(old.temporary, old.target)
		}
		if err != nil {
			failures.Of = append(failures.Of, Failure{p.Path, fmt.Errorf("could not be given back its old text: %w", explain(err))})
			failures.Changed = append(failures.Changed, p.Path)
		}
	}
}
