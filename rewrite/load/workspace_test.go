package load_test

import (
	"path/filepath"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
)

const workspace = `
-- go.work --
go 1.22

use (
	./a
	./nested/b
	"./with space"
)
-- a/go.mod --
module ex.com/a

go 1.21
-- a/a.go --
package a

func F() int { return 1 }
-- a/inner/i.go --
package inner
-- nested/b/go.mod --
module ex.com/b

go 1.22
-- nested/b/b.go --
package b

import "ex.com/a"

var X = a.F()
-- with space/go.mod --
module ex.com/c

go 1.22
-- with space/c.go --
package c
-- unused/go.mod --
module ex.com/unused
-- unused/u.go --
package unused
`

const all = `
ex.com/a: a/a.go
ex.com/a/inner: a/inner/i.go
ex.com/b: nested/b/b.go
ex.com/c: with space/c.go
`

func TestPatternsInAWorkspace(t *testing.T) {
	for _, test := range []struct {
		name, dir string
		patterns  []string
		want      string
	}{
		{"all below the root, which is in no module", "", []string{"./..."}, all},
		{"the word work", "", []string{"work"}, all},
		{"one module", "", []string{"./a/..."}, "ex.com/a: a/a.go\nex.com/a/inner: a/inner/i.go\n"},
		{"a directory that holds modules", "", []string{"./nested/..."}, "ex.com/b: nested/b/b.go\n"},
		{"inside a module", "a", []string{"./..."}, "ex.com/a: a/a.go\nex.com/a/inner: a/inner/i.go\n"},
		{"up and down", "a", []string{"../..."}, all},
		{"a package of another module", "a", []string{"ex.com/b"}, "ex.com/b: nested/b/b.go\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := write(t, workspace)
			p := mustLoad(t, filepath.Join(dir, test.dir), test.patterns...)
			wantProblems(t, p, dir, "")
			wantSummary(t, p, dir, test.want)
		})
	}
}

func TestAWorkspaceWhoseRootIsAModule(t *testing.T) {
	dir := write(t, `
-- go.work --
go 1.22

use (
	.
	./tools
)
-- go.mod --
module ex.com/m

go 1.22
-- m.go --
package m
-- tools/go.mod --
module ex.com/m/tools

go 1.22
-- tools/t.go --
package tools

import _ "ex.com/m"
`)
	p := mustLoad(t, dir, "./...")
	wantProblems(t, p, dir, "")
	wantSummary(t, p, dir, "ex.com/m: m.go\nex.com/m/tools: tools/t.go\n")
	for _, pkg := range p.Packages {
		if pkg.Files[0].Fixed.Kind != "" {
			t.Errorf("%s: %+v", pkg.ID, pkg.Files[0].Fixed)
		}
	}
}

func TestVersionsInAWorkspaceAreTheModules(t *testing.T) {
	dir := write(t, workspace)
	p := mustLoad(t, dir, "./...")
	if a, b := find(t, p, "ex.com/a").Files[0].GoVersion, find(t, p, "ex.com/b").Files[0].GoVersion; a != "go1.21" || b != "go1.22" {
		t.Errorf("versions are %s and %s", a, b)
	}
}

func TestAWorkspaceThatNamesNoModuleHereSaysSo(t *testing.T) {
	dir := write(t, workspace)
	wantStop(t, load.Config{Dir: filepath.Join(dir, "unused"), Patterns: []string{"./..."}, Env: offline()},
		"does not contain modules listed in go.work", "go work use")
	wantStop(t, load.Config{Dir: dir, Env: offline()}, "DIR")
}
