package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// lines counts the lines of the Go files of a target, its tests with them, as
// a measure of how much was read. What the go command passes over is left out.
func (t target) lines() (count int, err error) {
	err = filepath.WalkDir(t.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != t.dir && (passedOver(d.Name()) || path == t.commands()):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		text, err := os.ReadFile(path)
		count += bytes.Count(text, []byte{'\n'})
		return err
	})
	return count, err
}

// passedOver reports whether `./...` leaves out a folder of that name.
func passedOver(name string) bool {
	return name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// commands is the folder of the standard library that the pattern std leaves out.
func (t target) commands() string {
	if !t.std {
		return ""
	}
	return filepath.Join(t.dir, "cmd")
}
