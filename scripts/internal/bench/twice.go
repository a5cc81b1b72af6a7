package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// rename gives a copy of a module another path, in go.mod and in its imports.
func rename(dir, path string) error {
	renamed := "twice.example/" + path
	if err := command(dir, "mod", "edit", "-module="+renamed); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, end := range []string{`"`, `/`} {
			text = bytes.ReplaceAll(text, []byte(`"`+path+end), []byte(`"`+renamed+end))
		}
		return os.WriteFile(name, text, 0o666)
	})
}

// workspace makes a go.work file of modules in a folder.
func workspace(dir string, modules ...string) error {
	return command(dir, append([]string{"work", "init"}, modules...)...)
}

func command(dir string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
