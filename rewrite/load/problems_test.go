package load_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
)

// TestWhatIsWrongWithOnePackageLeavesTheOthers loads modules with one bad
// package. What is wrong is told once, at its place; the good packages are well.
func TestWhatIsWrongWithOnePackageLeavesTheOthers(t *testing.T) {
	const module = "-- go.mod --\nmodule ex.com/m\n\ngo 1.22\n-- good/good.go --\npackage good\n\nfunc F() {}\n"
	for _, test := range []struct{ name, archive, problems, packages string }{
		{
			"a type error",
			"-- bad/a.go --\npackage bad\n\nfunc F() int { return \"\" }\n-- bad/a_test.go --\npackage bad\n",
			"bad/a.go:3:23: ex.com/m/bad: type: cannot use \"\" (untyped string constant) as int value in return statement\n",
			"ex.com/m/bad superseded ill-typed: bad/a.go\nex.com/m/bad [ex.com/m/bad.test] variant ill-typed: bad/a.go bad/a_test.go\n",
		},
		{
			"a type error with two places",
			"-- bad/a.go --\npackage bad\n\nvar x int\n-- bad/b.go --\npackage bad\n\nvar x int\n",
			"bad/b.go:3:5: ex.com/m/bad: type: x redeclared in this block; other declaration of x at a.go:3\n",
			"ex.com/m/bad ill-typed: bad/a.go bad/b.go\n",
		},
		{
			"an unused import is an error, too",
			"-- bad/a.go --\npackage bad\n\nimport \"os\"\n",
			"bad/a.go:3:8: ex.com/m/bad: type: \"os\" imported and not used\n",
			"ex.com/m/bad ill-typed: bad/a.go\n",
		},
		{
			"a syntax error in a body",
			"-- bad/a.go --\npackage bad\n\nfunc F() { if }\n-- bad/b.go --\npackage bad\n",
			"bad/a.go:3:15: ex.com/m/bad: parse: expected operand, found '}'\n",
			"ex.com/m/bad ill-typed: bad/a.go(unparsed) bad/b.go\n",
		},
		{
			"a syntax error in the imports, which the go command sees as well",
			"-- bad/a.go --\npackage bad\n\nimport os\n-- bad/b.go --\npackage bad\n",
			"bad/a.go:3:10: ex.com/m/bad: parse: missing import path\n",
			"ex.com/m/bad ill-typed: bad/a.go(unparsed) bad/b.go\n",
		},
		{
			"a file that is not Go",
			"-- bad/a.go --\nhello\n-- bad/b.go --\npackage bad\n",
			"bad/a.go:1:1: ex.com/m/bad: parse: expected 'package', found hello\n",
			"ex.com/m/bad ill-typed: bad/a.go(unparsed) bad/b.go\n",
		},
		{
			"an empty file",
			"-- bad/a.go --\n-- bad/b.go --\npackage bad\n",
			"bad/a.go:1:1: ex.com/m/bad: parse: expected 'package', found 'EOF'\n",
			"ex.com/m/bad ill-typed: bad/a.go(unparsed) bad/b.go\n",
		},
		{
			"two packages in one directory",
			"-- bad/a.go --\npackage bad\n-- bad/b.go --\npackage worse\n",
			":0:0: ex.com/m/bad: list: found packages bad (a.go) and worse (b.go) in DIR/bad: move one of them to a directory of its own\n",
			"ex.com/m/bad ill-typed: bad/a.go\n",
		},
		{
			"an import that nothing provides",
			"-- bad/a.go --\npackage bad\n\nimport \"ex.com/gone\"\n\nvar x = gone.F()\n",
			"bad/a.go:3:8: ex.com/gone: list: no required module provides package ex.com/gone; to add it: go get ex.com/gone\n",
			"ex.com/m/bad ill-typed: bad/a.go\n",
		},
		{
			"what needs a bad package is ill-typed, and silent",
			"-- bad/a.go --\npackage bad\n\nfunc F() int { return x }\n-- user/u.go --\npackage user\n\nimport \"ex.com/m/bad\"\n\nvar x = bad.F()\n",
			"bad/a.go:3:23: ex.com/m/bad: type: undefined: x\n",
			"ex.com/m/bad ill-typed: bad/a.go\nex.com/m/good: good/good.go\nex.com/m/user ill-typed: user/u.go\n",
		},
		{
			"a name that only the tests have",
			"-- bad/a.go --\npackage bad\n\nfunc F() int { return helper() }\n-- bad/a_test.go --\npackage bad\n\nfunc helper() int { return 1 }\n",
			"bad/a.go:3:23: ex.com/m/bad: type: undefined: helper\n",
			"ex.com/m/bad superseded ill-typed: bad/a.go\nex.com/m/bad [ex.com/m/bad.test] variant: bad/a.go bad/a_test.go\n",
		},
		{
			"a method that only the tests have",
			"-- bad/a.go --\npackage bad\n\ntype T struct{}\n\nfunc F() { var _ interface{ M() } = T{} }\n-- bad/a_test.go --\npackage bad\n\nfunc (T) M() {}\n",
			"bad/a.go:5:37: ex.com/m/bad: type: cannot use T{} (value of struct type T) as interface{M()} value in variable declaration: T does not implement interface{M()} (missing method M)\n",
			"ex.com/m/bad superseded ill-typed: bad/a.go\nex.com/m/bad [ex.com/m/bad.test] variant: bad/a.go bad/a_test.go\n",
		},
		{
			"an import cycle",
			"-- bad/a.go --\npackage bad\n\nimport _ \"ex.com/m/worse\"\n-- worse/a.go --\npackage worse\n\nimport _ \"ex.com/m/bad\"\n",
			":0:0: ex.com/m/bad: list: import cycle not allowed: import stack: [ex.com/m/bad ex.com/m/worse ex.com/m/bad]\n",
			"ex.com/m/bad ill-typed: bad/a.go\nex.com/m/good: good/good.go\nex.com/m/worse ill-typed: worse/a.go\n",
		},
		{
			"an internal package of another module",
			"-- bad/a.go --\npackage bad\n\nimport _ \"internal/abi\"\n",
			"bad/a.go:3:8: ex.com/m/bad: list: use of internal package internal/abi not allowed\n",
			"ex.com/m/bad ill-typed: bad/a.go\n",
		},
		{
			"a feature newer than go.mod says",
			"-- bad/a.go --\npackage bad\n\nimport \"iter\"\n\nfunc F(s iter.Seq[int]) {\n\tfor range s {\n\t}\n}\n",
			"bad/a.go:6:12: ex.com/m/bad: type: cannot range over s (variable of func type iter.Seq[int]): requires go1.23 or later\n",
			"ex.com/m/bad ill-typed: bad/a.go\n",
		},
		{
			"a place that //line would move",
			"-- bad/a.go --\npackage bad\n\n//line x.y:100\nfunc F() int { return x }\n",
			"bad/a.go:4:23: ex.com/m/bad: type: undefined: x\n",
			"ex.com/m/bad ill-typed: bad/a.go(linedirective)\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := write(t, module+test.archive)
			p := mustLoad(t, dir, "./...")
			if !strings.Contains(test.packages, "ex.com/m/good:") {
				test.packages += "ex.com/m/good: good/good.go\n"
			}
			wantSummary(t, p, dir, test.packages)
			wantProblems(t, p, dir, test.problems)
		})
	}
}

func TestAFileThatCannotBeReadIsAProblem(t *testing.T) {
	dir := write(t, ordinary)
	if err := os.Symlink("gone.go", filepath.Join(dir, "a", "b.go")); err != nil {
		t.Skip(err)
	}
	p := mustLoad(t, dir, "./...")
	wantSummary(t, p, dir, `
ex.com/m/a ill-typed: a/a.go
ex.com/m/b ill-typed: b/b.go
`)
	wantProblems(t, p, dir, "a/b.go:0:0: ex.com/m/a: list: open DIR/a/b.go: no such file or directory: make it readable, or take it away\n")
}

func TestAFileThatMayNotBeReadIsAProblem(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := write(t, ordinary)
	if err := os.Chmod(filepath.Join(dir, "a", "a.go"), 0); err != nil {
		t.Fatal(err)
	}
	p := mustLoad(t, dir, "./...")
	if got := problems(p, dir); !strings.Contains(got, "a/a.go") || !strings.Contains(got, "permission denied") {
		t.Errorf("problems are\n%s", got)
	}
}

func TestManyProblemsOfOnePackageAreCutShort(t *testing.T) {
	dir := write(t, "-- go.mod --\nmodule ex.com/m\n\ngo 1.22\n-- a.go --\npackage a\n\nfunc F() {\n"+strings.Repeat("\tgone()\n", 30)+"}\n")
	p := mustLoad(t, dir, ".")
	if len(p.Problems) != 11 {
		t.Errorf("%d problems, want 10 and a word about the rest:\n%s", len(p.Problems), problems(p, dir))
	}
	if got := problems(p, dir); !strings.Contains(got, "20 more problems in package ex.com/m") {
		t.Errorf("problems are\n%s", got)
	}
}

func TestModulesThatAreNotThereAreProblems(t *testing.T) {
	dir := write(t, `
-- go.mod --
module ex.com/m

go 1.22

require (
	ex.com/gone v1.0.0
	ex.com/never v1.0.0
)

replace ex.com/gone => ../gone
-- a/a.go --
package a

import (
	first "ex.com/gone/first"
	"ex.com/gone/second"
	"ex.com/never"
)

var x = second.X + first.Y.Z

func F(t never.T) { never.F(t.X) }
`)
	p := mustLoad(t, dir, "./...")
	wantSummary(t, p, dir, "ex.com/m/a ill-typed: a/a.go\n")
	wantProblems(t, p, dir, `
a/a.go:4:2: ex.com/gone/first: list: ex.com/gone@v1.0.0: replacement directory ../gone does not exist: correct the replace line of go.mod
a/a.go:5:2: ex.com/gone/second: list: ex.com/gone@v1.0.0: replacement directory ../gone does not exist: correct the replace line of go.mod
a/a.go:6:2: ex.com/never: list: missing go.sum entry for module providing package ex.com/never (imported by ex.com/m/a); to add: go get ex.com/m/a
`)
}

func TestBrokenDependenciesAreToldOnce(t *testing.T) {
	dir := write(t, `
-- go.mod --
module ex.com/m

go 1.22
-- a/a.go --
package a

import "ex.com/m/b"

var X = b.X
-- b/b.go --
package b

var X Gone
var Y Gone

func F() { what is this }
`)
	p := mustLoadConfig(t, load.Config{Dir: dir, Patterns: []string{"./a"}, Env: offline()})
	wantSummary(t, p, dir, "ex.com/m/a ill-typed: a/a.go\n")
	wantProblems(t, p, dir, "b/b.go:3:7: ex.com/m/b: type: undefined: Gone\n")
}
