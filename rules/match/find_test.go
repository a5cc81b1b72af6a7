package match_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// line shows a match as its place, rule, symbol and message.
func line(pkg *facts.Package, m *match.Match) string {
	at := pkg.Fset.Position(m.At.Pos())
	return fmt.Sprintf("%d:%d %s %s %s", at.Line, at.Column, m.Rule.ID, m.Symbol(), m.Message)
}

func lines(pkg *facts.Package, matches []*match.Match) (all []string) {
	for _, m := range matches {
		all = append(all, line(pkg, m))
	}
	return all
}

func TestFindSortsByPlaceThenRule(t *testing.T) {
	pkg := load(t, "func f(...int) int { return 0 }\nvar v = f(1)\nfunc g() {\n\tf(f(2))\n}\ntype T[K any] struct{}\nfunc (t *T[K]) Put() { f(3) }\nfunc (T[K]) Get() { f(4) }\n")
	a := ruleNamed(t, "a", `"match": {"pattern": "f($x)"}, "message": "$x", "report": {"at": "$x"}`)
	b := ruleNamed(t, "b", `"match": {"pattern": "f($x)"}, "message": "of $x"`)
	c := ruleNamed(t, "c", `"match": {"pattern": "f($x)"}, "message": "costs $$1"`)
	set, mistakes := match.Compile([]*rules.Rule{c, b, a})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	matches, _ := set.Find(pkg)
	got := lines(pkg, matches)
	want := []string{
		"3:9 b v of 1", "3:9 c v costs $1", "3:11 a v 1",
		"5:2 b g of f(2)", "5:2 c g costs $1", "5:4 a g f(2)", "5:4 b g of 2", "5:4 c g costs $1", "5:6 a g 2",
		"8:24 b (*T).Put of 3", "8:24 c (*T).Put costs $1", "8:26 a (*T).Put 3",
		"9:21 b T.Get of 4", "9:21 c T.Get costs $1", "9:23 a T.Get 4",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFindReportsAPlaceOnce(t *testing.T) {
	pkg := load(t, "func f(...int) {}\nfunc g() { f(1, 2, 3) }\n")
	once := find(t, pkg, rule(t, `"match": {"any": [{"pattern": "f($*_, $x, $*_)"}, {"event": "call", "with": {"func": "$x"}}]}, "message": "$x"`))
	each := find(t, pkg, rule(t, `"match": {"pattern": "f($*_, $x, $*_)"}, "message": "$x", "report": {"at": "$x"}`))
	if got := lines(pkg, once); !slices.Equal(got, []string{"3:12 hazard g 1"}) {
		t.Errorf("reported at the call: %q", got)
	}
	if len(each) != 3 {
		t.Errorf("reported at the argument: %q", lines(pkg, each))
	}
}

func TestMessagesAreShort(t *testing.T) {
	pkg := load(t, "func f(...any) {}\nfunc g() {\n\tf(func() {\n\t\tf(1)\n\t}, \"a long string that would fill the whole line of the terminal\")\n}\n")
	got := find(t, pkg, rule(t, `"match": {"pattern": "f($a, $b)"}, "message": "$a and $b"`))
	if want := `func() { f(1) } and "a long string that would fill the whole line o…`; len(got) != 1 || got[0].Message != want {
		t.Errorf("%q, want %q", lines(pkg, got), want)
	}
}

func TestRelatedPlaces(t *testing.T) {
	pkg := load(t, "func f(...int) {}\nfunc g() { f(1, 2) }\n")
	got := find(t, pkg, rule(t, `"match": {"pattern": "f($a, $*rest)"}, "report": {"related": [{"at": "$a", "message": "first $a"}, {"at": "$rest", "message": "others"}]}`))
	if len(got) != 1 || len(got[0].Related) != 2 || got[0].Related[0].Message != "first 1" || got[0].Related[1].Pos != got[0].Bound["$rest"][0].Pos() {
		t.Errorf("%+v", got)
	}
}

func TestScope(t *testing.T) {
	fset := token.NewFileSet()
	var files []*ast.File
	for name, text := range map[string]string{"a.go": "package p\nimport _ \"sync\"\nfunc a() { f() }", "a_test.go": "package p\nfunc b() { f() }", "f.go": "package p\nfunc f() {}"} {
		file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg := typeCheck(t, fset, "p", files...)
	pkg.GoVersion = func(file *ast.File) string {
		if strings.HasSuffix(fset.Position(file.Pos()).Filename, "_test.go") {
			return "go1.25.1"
		}
		return "go1.21"
	}
	tests := []struct{ keys, want string }{
		{``, "a b"},
		{`, "scope": {"tests": "include"}`, "a b"},
		{`, "scope": {"tests": "exclude"}`, "a"},
		{`, "scope": {"tests": "only"}`, "b"},
		{`, "scope": {"imports": ["sync", "time"]}`, "a b"},
		{`, "scope": {"imports": ["time"]}`, ""},
		{`, "go": ">=1.22"`, "b"},
		{`, "go": "<1.22"`, "a"},
		{`, "go": ">1.21 <=1.25"`, "b"},
		{`, "go": "=1.21"`, "a"},
	}
	for _, test := range tests {
		var symbols []string
		for _, m := range find(t, pkg, rule(t, `"match": {"pattern": "f()"}`+test.keys)) {
			symbols = append(symbols, m.Symbol())
		}
		if got := strings.Join(symbols, " "); got != test.want {
			t.Errorf("%s: %q, want %q", test.keys, got, test.want)
		}
	}
}

// A rule that fails on a file is named; the other rules go on.
func TestOneRuleFails(t *testing.T) {
	args := strings.Repeat("a, ", 300)
	pkg := load(t, "var a, b int\nfunc f(...int) {}\nfunc g() {\n\tf("+args+"b)\n\tf(1)\n}\n")
	wild := ruleNamed(t, "wild", `"match": {"pattern": "f($*_, $x, $*_, $y, $*_, $z, $*_, $w, $*_, 1)"}`)
	tame := ruleNamed(t, "tame", `"match": {"pattern": "f(1)"}`)
	set, mistakes := match.Compile([]*rules.Rule{wild, tame})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	matches, problems := set.Find(pkg)
	if len(matches) != 1 || matches[0].Rule != tame {
		t.Errorf("matches %q", lines(pkg, matches))
	}
	if len(problems) != 1 || problems[0].Rule != wild || !strings.Contains(problems[0].Message, "too many ways") {
		t.Errorf("problems %v", problems)
	}
}

func TestAlternatives(t *testing.T) {
	pkg := load(t, "var global int\nfunc f(...int) {}\nfunc g(local int) { f(global, 1); f(local, 1); f(local, local) }\n")
	r := rule(t, `"match": {"pattern": "f($x, $y)"}, "fixes": [
		{"title": "constant", "applicability": "safe", "strategy": "one", "when": [{"hole": "$y", "is": ["const"]}],
		 "downgrade": [{"when": [{"hole": "$x", "is": ["global"]}], "to": "manual", "because": "$x is global"},
		               {"when": [{"hole": "$x", "text": "."}], "to": "unsafe", "because": "always"}]},
		{"title": "any", "applicability": "unsafe", "strategy": "two"}]`)
	set, mistakes := match.Compile([]*rules.Rule{r})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	matches, _ := set.Find(pkg)
	want := []string{
		"constant manual [global is global always]; any unsafe []",
		"constant unsafe [always]; any unsafe []",
		"any unsafe []",
	}
	for i, m := range matches {
		var got []string
		for _, a := range set.Alternatives(m) {
			got = append(got, fmt.Sprintf("%s %s %v", a.Fix.Title, a.Applicability, a.Because))
		}
		if text := strings.Join(got, "; "); text != want[i] {
			t.Errorf("%s: %s\nwant %s", line(pkg, m), text, want[i])
		}
	}
	if len(matches) != len(want) {
		t.Errorf("%d matches", len(matches))
	}
}
