package batch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrBusy is the error of Hold where another batch works on the same repository.
var ErrBusy = errors.New("another batch is at work in this repository: run again when it is done")

// Hold keeps other batches away from the state in a directory, until it is released. The file of the
// lock stays: were it removed, two could hold a lock of that name.
func Hold(dir string) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	f, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	if !lock(f) {
		f.Close()
		return nil, ErrBusy
	}
	return f.Close, nil
}
