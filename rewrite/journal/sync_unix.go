//go:build unix

package journal

import (
	"errors"
	"os"
)

// syncDir forces the names in a directory to the disk.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
