package batch

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// A state is what a batch has done so far: a file for each module and part,
// there once it is whole.
type state struct{ dir string }

// openState returns the state for a key; that of another key is thrown away.
func openState(dir, key string) (*state, error) {
	s := &state{dir}
	is := filepath.Join(dir, "key")
	if was, err := os.ReadFile(is); err != nil || string(was) != key {
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("batch: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	return s, s.put("key", []byte(key))
}

// recall reads what was noted under a name, and reports whether there was such.
func (s *state) recall(name string, into any) bool {
	text, err := os.ReadFile(filepath.Join(s.dir, fileOf(name)))
	return err == nil && gob.NewDecoder(bytes.NewReader(text)).Decode(into) == nil
}

// note writes down what was done, at one instant.
func (s *state) note(name string, value any) error {
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(value); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	return s.put(fileOf(name), text.Bytes())
}

func (s *state) put(name string, text []byte) error {
	temporary, err := os.CreateTemp(s.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	_, err = temporary.Write(text)
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), filepath.Join(s.dir, name))
	}
	if err != nil {
		os.Remove(temporary.Name())
		return fmt.Errorf("batch: %w", err)
	}
	return nil
}

func fileOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:12])
}

// Forget throws the state in a directory away: the batch is done.
func Forget(dir string) error { return os.RemoveAll(dir) }
