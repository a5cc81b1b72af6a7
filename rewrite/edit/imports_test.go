package edit

import (
	"strings"
	"testing"

	"github.com/dave/dst"
)

// importTest adds an import to the head of a file whose last function it is
// used in.
type importTest struct {
	name, head string
	body       string // of the function, "" for a call of the import
	pkg        string
	want       string // the head
	qualifier  string
}

func TestAddImport(t *testing.T) {
	for _, test := range []importTest{
		{"reuses a plain import",
			"import \"sync\"\n\nvar _ sync.Mutex\n", "", "sync",
			"import \"sync\"\n\nvar _ sync.Mutex\n", "sync"},
		{"reuses another name",
			"import s \"sync\"\n\nvar _ s.Mutex\n", "", "sync",
			"import s \"sync\"\n\nvar _ s.Mutex\n", "s"},
		{"an import for effects is no import",
			"import _ \"sync\"\n", "", "sync",
			"import (\n\t\"sync\"\n\t_ \"sync\"\n)\n", "sync"},
		{"a local name hides the import",
			"import \"sync\"\n\nvar _ sync.Mutex\n", "sync := 1\n\t_ = sync", "sync",
			"import (\n\t\"sync\"\n\tsync2 \"sync\"\n)\n\nvar _ sync.Mutex\n", "sync2"},
		{"a name of the package is taken",
			"import \"os\"\n\nvar _ = os.Args\n\nvar sync int\n", "", "sync",
			"import (\n\t\"os\"\n\tsync2 \"sync\"\n)\n\nvar _ = os.Args\n\nvar sync int\n", "sync2"},
		{"a file without imports",
			"// about x\nvar x int\n", "", "sync",
			"import \"sync\"\n\n// about x\nvar x int\n", "sync"},
		{"a lone import gets company, its comments stay",
			"// why\nimport \"os\" // os\n\nvar _ = os.Args\n", "", "sync",
			"// why\nimport (\n\t\"os\" // os\n\t\"sync\"\n)\n\nvar _ = os.Args\n", "sync"},
		{"sorted in its group",
			"import (\n\t\"fmt\"\n\t\"time\" // time\n)\n\nvar _, _ = fmt.Print, time.Now\n", "", "sync",
			"import (\n\t\"fmt\"\n\t\"sync\"\n\t\"time\" // time\n)\n\nvar _, _ = fmt.Print, time.Now\n", "sync"},
		{"first of its group",
			"import (\n\t\"fmt\"\n\t\"os\"\n\n\t// last\n\t\"time\"\n)\n\nvar _, _, _ = fmt.Print, time.Now, os.Args\n", "", "errors",
			"import (\n\t\"errors\"\n\t\"fmt\"\n\t\"os\"\n\n\t// last\n\t\"time\"\n)\n\nvar _, _, _ = fmt.Print, time.Now, os.Args\n", "errors"},
		{"a file with lines of imports",
			"import \"fmt\"\nimport \"os\"\n\nvar _, _ = fmt.Print, os.Args\n", "", "sync",
			"import \"fmt\"\nimport \"sync\"\nimport \"os\"\n\nvar _, _ = fmt.Print, os.Args\n", "sync"},
		{"the name of a package is not the end of its path",
			"", "", "math/rand/v2",
			"import \"math/rand/v2\"\n", "rand"},
		{"a package that nobody knows is named",
			"", "", "example.com/go-atomic.v3",
			"import atomicv3 \"example.com/go-atomic.v3\"\n", "atomicv3"},
		{"others come after the standard library",
			"import (\n\t\"fmt\"\n)\n\nvar _ = fmt.Print\n", "", "example.com/x",
			"import (\n\t\"fmt\"\n\n\tx \"example.com/x\"\n)\n\nvar _ = fmt.Print\n", "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := test.body
			if body == "" {
				body = "_ = 0"
			}
			tail := "\nfunc f() {\n\t" + body + "\n}\n"
			if test.head == "" {
				tail = tail[1:]
			}
			e := editTyped(t, "package p\n\n"+test.head+tail)
			if got := e.AddImport(test.pkg); got != test.qualifier {
				t.Errorf("the package is called %s, want %s", got, test.qualifier)
			}
			if test.head == "" {
				tail = "\n" + tail
			}
			e.want("package p\n\n" + test.want + tail)
		})
	}
}

func TestAddImportKeepsGroups(t *testing.T) {
	const head = `package p

import (
	"os" // not sorted
	"fmt"

	"example.com/a/x"
	"example.com/a/z"

	// others
	"example.com/b/y"
)

func f() {}
`
	for pkg, line := range map[string]string{
		"sync":            "\"os\" // not sorted\n\t\"fmt\"\n\t\"sync\"\n",
		"example.com/a/y": "\"example.com/a/x\"\n\ty \"example.com/a/y\"\n\t\"example.com/a/z\"",
		"example.com/b/z": "\"example.com/b/y\"\n\tz \"example.com/b/z\"\n",
	} {
		e := edit(t, head)
		e.Pkg.Types = emptyPackage()
		e.insertImport(importOf(e, pkg))
		if got := e.result(); !strings.Contains(got, line) {
			t.Errorf("%s went elsewhere:\n%s", pkg, got)
		}
	}
}

func TestAddImportLeavesCAlone(t *testing.T) {
	e := edit(t, "package p\n\n// #include <stdio.h>\nimport \"C\"\n\n// about f\nfunc f() {}\n")
	e.Pkg.Types = emptyPackage()
	e.insertImport(importOf(e, "sync"))
	e.want("package p\n\n// #include <stdio.h>\nimport \"C\"\n\nimport \"sync\"\n\n// about f\nfunc f() {}\n")
}

func TestQualifiedUsesADotImport(t *testing.T) {
	const head = "package p\n\nimport . \"sync\"\n\nvar _ Mutex\n\n"
	e := editTyped(t, head+"func f() {}\n")
	if got, ok := e.Qualified("sync", "Mutex").(*dst.Ident); !ok || got.Name != "Mutex" {
		t.Errorf("got %v, want Mutex", got)
	}
	e.want(head + "func f() {}\n")

	e = editTyped(t, head+"func f() { Once := 1; _ = Once }\n")
	if _, ok := e.Qualified("sync", "Once").(*dst.SelectorExpr); !ok {
		t.Error("a local Once hides the one of sync, and it was used all the same")
	}
}

func TestRemoveUnusedImports(t *testing.T) {
	const head = `package p

import (
	"fmt"
	// for its locks
	"sync" // sync
	_ "time"
)

var _ = fmt.Print

`
	e := editTyped(t, head+"func f() {\n\tvar mu sync.Mutex\n\tmu.Lock()\n}\n")
	e.Delete(e.at("var mu"))
	e.Delete(e.at("mu.Lock"))
	e.removeUnusedImports()
	e.want("package p\n\nimport (\n\t\"fmt\"\n\t// for its locks\n\t// sync\n\t_ \"time\"\n)\n\nvar _ = fmt.Print\n\nfunc f() {}\n")

	e = editTyped(t, head+"func f() {\n\tvar mu sync.Mutex\n\tmu.Lock()\n}\n")
	e.Delete(e.at("mu.Lock"))
	e.removeUnusedImports()
	e.want(head + "func f() {\n\tvar mu sync.Mutex\n}\n")
}

func TestRemoveTheOnlyImport(t *testing.T) {
	e := editTyped(t, "package p\n\n// why\nimport \"os\" // os\n\n// about f\nfunc f() {\n\tos.Exit(1)\n}\n")
	e.Delete(e.at("os.Exit"))
	e.removeUnusedImports()
	e.want("package p\n\n// why\n// os\n\n// about f\nfunc f() {}\n")
}
