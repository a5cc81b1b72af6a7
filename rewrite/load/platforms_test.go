package load_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
)

const ported = `
-- go.mod --
module ex.com/m

go 1.22
-- a/a.go --
package a

import "unsafe"

var Word [unsafe.Sizeof(uintptr(0))]byte

func F() int { return port() }
-- a/port_linux.go --
package a

func port() int { return len(Word) }
-- a/port_windows.go --
package a

import "syscall"

func port() int { var h syscall.Handle; return int(h) }
-- a/tagged.go --
//go:build special

package a

const Special = true
-- winonly/w_windows.go --
package winonly
`

func TestSeveralPlatformsAreLoadedTogether(t *testing.T) {
	dir := write(t, ported)
	p := mustLoadConfig(t, load.Config{Dir: dir, Patterns: []string{"./..."}, Platforms: []load.Platform{
		{"windows", "amd64"}, {"linux", "386"}, {"windows", "amd64"}, {"linux", "amd64"},
	}})
	wantProblems(t, p, dir, "")
	wantSummary(t, p, dir, `
ex.com/m/a: a/a.go a/port_linux.go
ex.com/m/a: a/a.go a/port_linux.go
ex.com/m/a: a/a.go a/port_windows.go
ex.com/m/winonly: winonly/w_windows.go
`)
	for i, want := range []struct {
		platform load.Platform
		word     string
	}{
		{load.Platform{GOOS: "linux", GOARCH: "386"}, "[4]byte"},
		{load.Platform{GOOS: "linux", GOARCH: "amd64"}, "[8]byte"},
		{load.Platform{GOOS: "windows", GOARCH: "amd64"}, "[8]byte"},
	} {
		pkg := p.Packages[i]
		if pkg.Platform != want.platform {
			t.Errorf("package %d is for %v, want %v", i, pkg.Platform, want.platform)
		}
		if got := pkg.Types.Scope().Lookup("Word").Type().String(); got != want.word {
			t.Errorf("on %v a word is %s, want %s", pkg.Platform, got, want.word)
		}
		if len(pkg.IgnoredFiles) != 1 || filepath.Base(pkg.IgnoredFiles[0]) != "tagged.go" {
			t.Errorf("ignored files are %v", pkg.IgnoredFiles)
		}
	}
	if p.Packages[0].Files[0] != p.Packages[2].Files[0] {
		t.Errorf("one file was parsed for each platform")
	}
	if got := p.Listed; got.Packages != 2 || got.Files != 4 {
		t.Errorf("listed %+v", got)
	}
}

func TestFilesOfOtherPlatformsAreIgnoredFiles(t *testing.T) {
	dir := write(t, ported+"-- a/a_test.go --\npackage a\n-- a/a_windows_test.go --\npackage a\n-- a/_draft.go --\npackage a\n")
	p := mustLoadConfig(t, load.Config{Dir: dir, Patterns: []string{"./a"}, Platforms: []load.Platform{{GOOS: "linux"}}})
	wantSummary(t, p, dir, `
ex.com/m/a superseded: a/a.go a/port_linux.go
ex.com/m/a [ex.com/m/a.test] variant: a/a.go a/a_test.go a/port_linux.go
`)
	for _, pkg := range p.Packages {
		var got []string
		for _, path := range pkg.IgnoredFiles {
			got = append(got, relative(dir, path))
		}
		if want := []string{"a/a_windows_test.go", "a/port_windows.go", "a/tagged.go"}; !slices.Equal(got, want) {
			t.Errorf("ignored files of %s are %v, want %v", pkg.ID, got, want)
		}
	}
	if got := p.Packages[0].Platform; got.GOOS != "linux" || got.GOARCH == "" {
		t.Errorf("platform is %+v", got)
	}
}

func TestATypeErrorOnOnePlatformIsToldOnce(t *testing.T) {
	dir := write(t, ported+"-- a/wrong.go --\npackage a\n\nvar x int = \"\"\n-- a/wrong_windows.go --\npackage a\n\nvar y int = \"\"\n")
	p := mustLoadConfig(t, load.Config{Dir: dir, Patterns: []string{"./a"}, Platforms: []load.Platform{{GOOS: "windows"}, {GOOS: "linux"}}})
	wantProblems(t, p, dir, `
a/wrong.go:3:13: ex.com/m/a: type: cannot use "" (untyped string constant) as int value in variable declaration
a/wrong_windows.go:3:13: ex.com/m/a: type: cannot use "" (untyped string constant) as int value in variable declaration (for windows/amd64)
`)
}

func TestAPatternMayHoldOnOnePlatformOnly(t *testing.T) {
	dir := write(t, ported)
	p := mustLoadConfig(t, load.Config{Dir: dir, Patterns: []string{"./a", "./winonly"}, Platforms: []load.Platform{{GOOS: "windows"}, {GOOS: "linux"}}})
	wantProblems(t, p, dir, "")
	wantStop(t, load.Config{Dir: dir, Patterns: []string{"./a", "./winonly"}, Platforms: []load.Platform{{GOOS: "linux"}}, Env: offline()},
		"build constraints exclude all Go files in DIR/winonly")
}

func TestBuildTags(t *testing.T) {
	dir := write(t, ported)
	p := mustLoadConfig(t, load.Config{Dir: dir, Patterns: []string{"./a"}, Tags: []string{"special", "other"}, Platforms: []load.Platform{{GOOS: "linux"}}})
	wantSummary(t, p, dir, "ex.com/m/a: a/a.go a/port_linux.go a/tagged.go\n")
}

func TestLanguageVersions(t *testing.T) {
	const file = "func F() (fs []func() int) {\n\tfor i := 0; i < 3; i++ {\n\t\tfs = append(fs, func() int { return i })\n\t}\n\treturn fs\n}\n"
	dir := write(t, `
-- go.mod --
module ex.com/m

go 1.21
-- a/module.go --
package a
-- a/newer.go --
//go:build go1.22

package a

`+file+`
-- a/older.go --
//go:build go1.18

package a
-- a/both_test.go --
//go:build !go1.18 || go1.23

package a
`)
	p := mustLoad(t, dir, "./a")
	wantProblems(t, p, dir, "")
	versions := map[string]string{}
	for _, f := range find(t, p, "ex.com/m/a [ex.com/m/a.test]").Files {
		versions[filepath.Base(f.Path)] = f.GoVersion
	}
	for name, want := range map[string]string{"module.go": "go1.21", "newer.go": "go1.22", "older.go": "go1.21", "both_test.go": "go1.21"} {
		if versions[name] != want {
			t.Errorf("%s is in %s, want %s", name, versions[name], want)
		}
	}
	pkg := find(t, p, "ex.com/m/a [ex.com/m/a.test]")
	for _, f := range pkg.Files {
		if got := pkg.Info.FileVersions[f.Syntax]; got != f.GoVersion {
			t.Errorf("the type checker takes %s for %s, we for %s", f.Path, got, f.GoVersion)
		}
	}
}
