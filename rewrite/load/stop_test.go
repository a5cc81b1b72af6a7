package load_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
)

// TestWhatStopsEverythingSaysWhatToDo names, for each bad input, the place and
// the remedy that the user must be told.
func TestWhatStopsEverythingSaysWhatToDo(t *testing.T) {
	const module = "-- go.mod --\nmodule ex.com/m\n\ngo 1.22\n"
	for _, test := range []struct {
		name, archive string
		patterns      []string
		env           string
		want          []string
	}{
		{"no go.mod", "-- a.go --\npackage a\n", []string{"./..."}, "", []string{"go mod init"}},
		{"no go.mod, no pattern", "-- a.go --\npackage a\n", nil, "", []string{"go mod init"}},
		{"an empty directory", "", []string{"./..."}, "", []string{"go mod init"}},
		{"an empty module", module, []string{"./..."}, "", []string{"./...", "matches no packages", "where there are Go files"}},
		{"an empty module, no pattern", module, nil, "", []string{"no Go files in DIR", "./..."}},
		{"a directory without Go", module + "-- docs/a.md --\n", []string{"./docs"}, "", []string{"no Go files in DIR/docs"}},
		{"a tree without Go", module + "-- a.go --\npackage a\n-- docs/a.md --\n", []string{"./docs/..."}, "", []string{"./docs/...", "matches no packages"}},
		{"one tree of two without Go", module + "-- a.go --\npackage a\n-- docs/a.md --\n", []string{".", "./docs/..."}, "", []string{"./docs/...", "matches no packages"}},
		{"a directory that is not there", module + "-- a.go --\npackage a\n", []string{"./b"}, "", []string{"DIR/b", "directory not found", "check the name"}},
		{"a package that is not there", module + "-- a.go --\npackage a\n", []string{"ex.com/m/b"}, "", []string{"ex.com/m/b", "no required module provides"}},
		{"a module that is not required", module + "-- a.go --\npackage a\n", []string{"ex.com/other"}, "", []string{"ex.com/other", "go get"}},
		{"not in the standard library", module + "-- a.go --\npackage a\n", []string{"snyc"}, "", []string{"snyc", "is not in std", "check the import path"}},
		{"only for another platform", module + "-- a_windows.go --\npackage a\n", []string{"."}, "", []string{"build constraints exclude all Go files in DIR", "platform or build tags"}},
		{"a go.mod that does not parse", "-- go.mod --\nmodule\n-- a.go --\npackage a\n", []string{"."}, "", []string{"go.mod:1"}},
		{"a go.work that names a module that is gone", module + "-- a.go --\npackage a\n-- go.work --\ngo 1.22\nuse (\n\t.\n\t./gone\n)\n", []string{"."}, "", []string{"gone", "go work use"}},
		{"a newer Go is asked for", "-- go.mod --\nmodule ex.com/m\n\ngo 1.99\n-- a.go --\npackage a\n", []string{"."}, "", []string{"requires go >= 1.99", "GOTOOLCHAIN"}},
		{"vendored inconsistently", module + "require ex.com/x v1.0.0\n-- a.go --\npackage a\n-- vendor/modules.txt --\n", []string{"."}, "GOFLAGS=-mod=vendor", []string{"inconsistent vendoring", "go mod vendor"}},
		{"an unknown flag for the go command", module + "-- a.go --\npackage a\n", []string{"."}, "GOFLAGS=-nonsense", []string{"-nonsense"}},
		{"a file that is not there", module + "-- a.go --\npackage a\n", []string{"b.go"}, "", []string{"DIR/b.go", "no such file", "check the name"}},
		{"nothing but tests, left out", module + "-- a_test.go --\npackage a\n", []string{"-notests", "."}, "", []string{"no Go files but tests"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := write(t, test.archive)
			cfg := load.Config{Dir: dir, Patterns: test.patterns, Env: offline(test.env)}
			if len(cfg.Patterns) > 0 && cfg.Patterns[0] == "-notests" {
				cfg.NoTests, cfg.Patterns = true, cfg.Patterns[1:]
			}
			wantStop(t, cfg, test.want...)
		})
	}
}

func wantStop(t *testing.T, cfg load.Config, want ...string) {
	t.Helper()
	p, err := load.Load(context.Background(), cfg)
	if err == nil {
		t.Fatalf("no error, but packages\n%sand problems\n%s", summary(p, cfg.Dir), problems(p, cfg.Dir))
	}
	message := strings.ReplaceAll(err.Error(), cfg.Dir, "DIR")
	for _, part := range want {
		if !strings.Contains(message, part) {
			t.Errorf("the error is\n\t%s\nwithout %q", message, part)
		}
	}
	if strings.Contains(message, "\n") {
		t.Errorf("the error has several lines:\n%s", message)
	}
	t.Log(message)
}

func TestADirectoryThatCannotBeReadStops(t *testing.T) {
	wantStop(t, load.Config{Dir: filepath.Join(t.TempDir(), "gone")}, "no such file or directory", "name a directory")
	file := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	wantStop(t, load.Config{Dir: file}, "not a directory", "name a directory")
}

func TestAnUnknownPlatformStops(t *testing.T) {
	dir := write(t, ordinary)
	for platform, want := range map[load.Platform]string{
		{GOARCH: "pdp11"}: "/pdp11: `go tool dist list`",
		{GOOS: "tops20"}:  "tops20/",
	} {
		wantStop(t, load.Config{Dir: dir, Patterns: []string{"./..."}, Platforms: []load.Platform{platform}, Env: offline()}, want)
	}
}

func TestWithoutAGoCommandNothingLoads(t *testing.T) {
	dir := write(t, ordinary)
	t.Setenv("PATH", t.TempDir())
	wantStop(t, load.Config{Dir: dir}, "no go command in PATH", "install Go")
}

func TestACancelledLoadStops(t *testing.T) {
	dir := write(t, ordinary)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := load.Load(ctx, load.Config{Dir: dir, Patterns: []string{"./..."}, Env: offline()})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
