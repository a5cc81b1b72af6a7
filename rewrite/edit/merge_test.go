package edit

import (
	"go/format"
	"strings"
	"testing"

	"github.com/dave/dst"
)

// mergeTest: the statement mark() is replaced by done() in a source of any
// layout, and the rest of it is the author's.
func TestMergeKeepsTheAuthorsLayout(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"four spaces",
			"package p\n\nfunc f() {\n    if a {\n        mark()\n    }\n}\n",
			"package p\n\nfunc f() {\n    if a {\n        done()\n    }\n}\n"},
		{"no indentation",
			"package p\nfunc f() {\nif a {\nmark()\n}\n}\n",
			"package p\nfunc f() {\nif a {\ndone()\n}\n}\n"},
		{"odd spaces on other lines",
			"package p\n\nfunc f()  {\n\tx:=1\n\n\n\tmark()\n\ty :=  2\n}\n",
			"package p\n\nfunc f()  {\n\tx:=1\n\n\n\tdone()\n\ty :=  2\n}\n"},
		{"another statement on its line",
			"package p\n\nfunc f() {\n\tx:=1; mark()\n\ty:=2\n}\n",
			"package p\n\nfunc f() {\n\tx := 1\n\tdone()\n\ty:=2\n}\n"},
		{"a neighbour that is laid out otherwise too",
			"package p\n\nfunc e() { if c { d() } }\nfunc f() { if a { mark() } }\n",
			"package p\n\nfunc e() { if c { d() } }\nfunc f() {\n\tif a {\n\t\tdone()\n\t}\n}\n"},
		{"raw strings and comments are content",
			"package p\n\nfunc f() {\n    mark()\n    x := `\n\t a\n  b`\n    /* c\n  d */\n}\n",
			"package p\n\nfunc f() {\n    done()\n    x := `\n\t a\n  b`\n    /* c\n  d */\n}\n"},
		{"aligned comments stay as they were",
			"package p\n\nfunc f() {\n\tmark() // m\n\tlonger() // l\n}\n",
			"package p\n\nfunc f() {\n\tdone()   // m\n\tlonger() // l\n}\n"},
		{"code that is commented out",
			"package p\n\nfunc f() {\n\ta()\n//\tb()\n\tmark()\n}\n",
			"package p\n\nfunc f() {\n\ta()\n//\tb()\n\tdone()\n}\n"},
		{"CRLF, a mark and no final newline",
			"\xef\xbb\xbfpackage p\r\n\r\nfunc f() {\r\n\tmark()\r\n  \r\n}",
			"\xef\xbb\xbfpackage p\r\n\r\nfunc f() {\r\n\tdone()\r\n  \r\n}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := edit(t, test.src)
			e.ReplaceStmt(e.at("mark"), newCall("done"))
			e.want(test.want)
		})
	}
}

func TestMergeIndentsLikeTheNeighbours(t *testing.T) {
	e := edit(t, "package p\n\nfunc f() {\n  if a {\n    mark()\n  }\n}\n")
	e.InsertAfter(e.at("mark"), IfStmt(nil, Ident("b"), Block(newCall("done"))))
	e.want("package p\n\nfunc f() {\n  if a {\n    mark()\n    if b {\n      done()\n    }\n  }\n}\n")
}

func TestMergeMovesWhatGoesDeeper(t *testing.T) {
	e := edit(t, "package p\n\nfunc f() {\n    a:=1\n\n    b := 2\n}\n")
	e.Wrap(e.at("a:="), e.at("b :="), func(b *dst.BlockStmt) dst.Stmt { return IfStmt(nil, Ident("ok"), b) })
	e.want("package p\n\nfunc f() {\n    if ok {\n        a := 1\n\n        b := 2\n    }\n}\n")
}

// TestMergeDecls: where lines cannot be merged, declarations are.
func TestMergeDecls(t *testing.T) {
	src := "package p\n\nvar  x = 1 // x\n\n// about f\nfunc f() { a() }\n\n\n\nfunc  g() {}\n"
	base := "package p\n\nvar x = 1 // x\n\n// about f\nfunc f() { a() }\n\nfunc g() {}\n"
	mut := "package p\n\nvar x = 1 // x\n\n// about f\nfunc f() { b() }\n\nfunc g() {}\n"
	want := "package p\n\nvar  x = 1 // x\n\n// about f\nfunc f() { b() }\n\n\n\nfunc  g() {}\n"
	if got := string(mergeDecls([]byte(src), []byte(base), []byte(mut))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := mergeDecls([]byte("package p; var x int\n"), []byte("package p\n\nvar x int\n"), []byte(mut)); got != nil {
		t.Errorf("cut what cannot be cut:\n%s", got)
	}
}

// FuzzMerge: whatever the layout, a merge says what the change says or is
// refused, and says nothing where nothing changed.
func FuzzMerge(f *testing.F) {
	f.Add("package p\n\nfunc f() {\n\ta()\n\tb() // b\n}\n", uint8(3))
	f.Add("package p\nfunc f() {a();b()\n\n\n}\n", uint8(1))
	f.Add("package p;var(x=1;y=`\n \n`)\n/* a\n b */", uint8(2))
	f.Fuzz(func(t *testing.T, src string, at uint8) {
		base, err := format.Source([]byte(src))
		if _, fragment := tokensOf(base); err != nil || fragment != nil || !strings.HasSuffix(src, "\n") {
			return
		}
		if got := string(mergeLines([]byte(src), base, base, indenter{})); got != src {
			t.Fatalf("no change gave %q", got)
		}
		lines := strings.SplitAfter(string(base), "\n")
		i := int(at) % len(lines)
		mut := strings.Join(lines[:i], "") + "var added int\n" + strings.Join(lines[i:], "")
		if _, err := tokensOf([]byte(mut)); err != nil {
			return // inside of something
		}
		text, err := carry([]byte(src), base, []byte(mut), survives([]byte(src), base))
		if err != nil {
			return
		}
		if same, err := sameTokens(text, []byte(mut)); err != nil || !same {
			t.Fatalf("the merge %q says otherwise than %q", text, mut)
		}
	})
}

func TestCarryRefusesWhatDoesNotSurvivePrinting(t *testing.T) {
	source, base := []byte("package p\n\nvar x = 1\nvar y = 2\n"), []byte("package p\n\nvar x = 1\n")
	_, err := carry(source, base, []byte("package p\n"), survives(source, base))
	if err == nil || !strings.Contains(err.Error(), "does not survive printing") {
		t.Errorf("got error %v", err)
	}
}
