package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Staged value lies beside the entries of a cache until it is known whether it is
// to be one. A nil *Staged is of a cache that keeps nothing.
type Staged struct {
	cache *Cache
	key   Key
	temp  string // the file; "": none
	value []byte // for the memory of the process, if the cache has one
}

// Stage writes a value that Keep makes an entry of, and Drop takes away again: nobody
// has to hold on to its bytes meanwhile.
func (c *Cache) Stage(k Key, value []byte) (*Staged, error) {
	if c == nil {
		return nil, nil
	}
	s := &Staged{cache: c, key: k}
	if c.memory != nil {
		s.value = value
	}
	var err error
	s.temp, err = c.write(k, value)
	return s, err
}

// Keep makes the value an entry.
func (s *Staged) Keep() error {
	if s == nil {
		return nil
	}
	if s.value != nil {
		s.cache.memory.put(s.key, s.value)
	}
	return s.cache.place(s.temp, s.key)
}

// Drop forgets the value.
func (s *Staged) Drop() {
	if s != nil && s.temp != "" {
		os.Remove(s.temp)
	}
}

// write writes a temporary file beside the entry that it may become; none, "", where
// nothing is written.
func (c *Cache) write(k Key, value []byte) (temp string, err error) {
	if c.readOnly || c.dir == "" {
		return "", nil
	}
	file, err := createTemp(filepath.Dir(c.path(k)))
	if err != nil {
		return "", fmt.Errorf("cache: %w", err)
	}
	_, err = file.Write(sealed(value))
	if err := errors.Join(err, file.Close()); err != nil {
		os.Remove(file.Name())
		return "", fmt.Errorf("cache: %w", err)
	}
	return file.Name(), nil
}

// createTemp makes the folder only where it is not there: it mostly is.
func createTemp(folder string) (*os.File, error) {
	file, err := os.CreateTemp(folder, temporary+"*")
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	return os.CreateTemp(folder, temporary+"*")
}

// place makes a temporary file the entry.
func (c *Cache) place(temp string, k Key) error {
	if temp == "" {
		return nil
	}
	if err := os.Rename(temp, c.path(k)); err != nil {
		os.Remove(temp)
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}
