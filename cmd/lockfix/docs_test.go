package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReference holds README.md of this folder, the reference, in line with the
// commands; -update writes it.
func TestReference(t *testing.T) {
	var out strings.Builder
	cli := CLI{Stdout: &out, Stderr: io.Discard}
	if code := cli.Run([]string{"docs", "markdown"}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("README.md")
	if err != nil || string(have) != out.String() {
		t.Errorf("README.md is not what the commands say (%v): go test ./cmd/lockfix -run TestReference -update", err)
	}
}

// Every command has a man page that man reads without a warning, where there is one.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	cli := CLI{Stdout: io.Discard, Stderr: os.Stderr}
	if code := cli.Run([]string{"docs", "man", dir}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 25 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff: nobody reads them here")
	}
	out, err := exec.Command(groff, append([]string{"-man", "-Tutf8", "-ww", "-z"}, pages...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
