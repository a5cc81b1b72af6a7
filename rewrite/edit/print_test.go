package edit

import (
	"strings"
	"testing"

	"github.com/dave/dst/decorator"
)

// TestTwoBlankLines pins dst: before v0.28.0 two blank lines came back as none.
func TestTwoBlankLines(t *testing.T) {
	const src = "package p\n\nfunc f() {\n\ta()\n\n\n\tb()\n}\n"
	tree, err := decorator.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := render(tree)
	if want := strings.Replace(src, "\n\n\n", "\n\n", 1); err != nil || string(got) != want {
		t.Errorf("got\n%s (%v)\nwant\n%s", got, err, want)
	}
}

// TestRenderChangesNothing: decorator.Fprint would sort the imports and
// rewrite the number.
func TestRenderChangesNothing(t *testing.T) {
	const src = "package p\n\nimport (\n\t\"os\"\n\t\"fmt\"\n)\n\nvar x = 0XFF\n"
	tree, err := decorator.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := render(tree); err != nil || string(got) != src {
		t.Errorf("got\n%s (%v)", got, err)
	}
}

func TestALostCommentRefuses(t *testing.T) {
	lose := func(e *editor) (string, error) {
		b := e.at("b")
		b.Decorations().End = nil
		text, err := e.doc.print(e.File, e.dropped)
		return string(text), err
	}
	e := edit(t, inFunc("\t\t\ta() // same\n\t\t\tb() // same\n"))
	if _, err := lose(e); err == nil || !strings.Contains(err.Error(), `lose the comment "// same"`) {
		t.Errorf("one of two equal comments was lost: %v", err)
	}
	e = edit(t, inFunc("\t\t\ta()\n\t\t\tb() // gone\n"))
	e.Drop("// gone")
	if _, err := lose(e); err != nil {
		t.Errorf("the comment was given up: %v", err)
	}
}

func TestResultIsFormattedLikeTheSource(t *testing.T) {
	e := edit(t, "package p\n\nimport (\n\t\"os\"\n\t\"sync\"\n)\n\nfunc f() {}\n")
	specs := importDecls(e.File)[0]
	specs.Specs[0], specs.Specs[1] = specs.Specs[1], specs.Specs[0]
	e.want("package p\n\nimport (\n\t\"os\"\n\t\"sync\"\n)\n\nfunc f() {}\n")
}

func TestANodeUsedTwiceRefuses(t *testing.T) {
	e := edit(t, inFunc("\t\t\ta()\n"))
	twice := newCall("x")
	_, err := attemptEdit(e.doc, e.Site, func() { e.InsertAfter(e.at("a"), twice, twice) })
	if err == nil {
		t.Error("a node stands in two places, and it was printed")
	}
}

func TestTokensIgnoreLayout(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"func f() { a(); b() }", "func f() {\n\ta()\n\tb()\n}", true},
		{"var x = T{a, b}", "var x = T{\n\ta,\n\tb,\n}", true},
		{"/* a\n   b */\nvar x int", "/*   a\nb */ var x int", true},
		{"func f() { return; a() }", "func f() { return a() }", false},
		{"var x = a // c", "var x = a", false},
		{"var x = a // c", "var x = a // d", false},
		{"var x = `a b`", "var x = `a  b`", false},
	} {
		same, err := sameTokens([]byte("package p\n"+test.a+"\n"), []byte("package p\n"+test.b+"\n"))
		if err != nil || same != test.same {
			t.Errorf("%q and %q: same is %t (%v)", test.a, test.b, same, err)
		}
	}
}
