package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"github.com/lockfix/lockfix/rewrite/write"
)

func (e *entry) paths() (all []string) {
	for _, f := range e.files {
		all = append(all, f.Path)
	}
	return all
}

// steps are the files that are not yet what they are to become.
func (e *entry) steps(way func(file) (from, to string)) ([]write.File, error) {
	var all []write.File
	failures := &write.Failures{}
	for _, f := range e.files {
		from, to := way(f)
		step, needed, err := e.step(f.Path, from, to)
		switch {
		case err != nil:
			failures.Of = append(failures.Of, write.Failure{Path: f.Path, Err: err})
		case needed:
			all = append(all, step)
		}
	}
	if len(failures.Of) > 0 {
		return nil, failures
	}
	return all, nil
}

func (e *entry) step(path, from, to string) (f write.File, needed bool, err error) {
	f.Path = path
	if f.Before, err = os.ReadFile(filepath.Join(e.dir, from)); err != nil {
		return f, false, err
	}
	if f.After, err = os.ReadFile(filepath.Join(e.dir, to)); err != nil {
		return f, false, err
	}
	now, err := os.ReadFile(path)
	switch {
	case err != nil:
		return f, false, err
	case bytes.Equal(now, f.After):
		return f, false, nil
	case !bytes.Equal(now, f.Before):
		return f, false, errors.New("was changed after lockfix wrote it")
	}
	return f, true, nil
}
