package match_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// standard type-checks a package of the standard library.
func standard(t testing.TB, path string) *facts.Package {
	t.Helper()
	where, err := build.Import(path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range where.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(where.Dir, name), nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return typeCheck(t, fset, path, files...)
}

// everything returns a rule for each event, each word and each relation, and a
// pattern that matches everywhere.
func everything(t testing.TB) (all []*rules.Rule) {
	add := func(keys string) { all = append(all, ruleNamed(t, fmt.Sprintf("r%d", len(all)), keys)) }
	for _, term := range match.Vocabulary() {
		switch term.Kind {
		case "event":
			add(fmt.Sprintf(`"match": {"event": %q}`, term.Name))
		case "is":
			add(fmt.Sprintf(`"match": {"pattern": "$f($x, $*_)"}, "where": [{"hole": "$x", "is": [%q]}]`, term.Name))
		}
	}
	add(`"match": {"pattern": "$x"}, "where": [{"hole": "$x", "is": ["const"]}]`)
	add(`"match": {"pattern": "$x := $y; $*_; $z"}`)
	add(`"match": {"pattern": "$*before; return $*results"}`)
	add(`"match": {"pattern": "func ($r $t) $f($*_) $*_ { $*_; return $x }"}`)
	for _, path := range []string{"syntax", "some", "all"} {
		add(fmt.Sprintf(`"match": {"pattern": "$x.$f($*_)", "inside": {"pattern": "for $*_; $*_; $*_ { $*_ }", "path": %q}}`, path))
		add(fmt.Sprintf(`"match": {"pattern": "if $*_; $c { $*_ }", "has": {"event": "return", "path": %q}}`, path))
		add(fmt.Sprintf(`"match": {"event": "lock", "with": {"lock": "$m"}, "precedes": {"event": "unlock", "with": {"lock": "$m"}, "path": %q}}`, path))
		add(fmt.Sprintf(`"match": {"event": "return", "follows": {"event": "call", "path": %q, "without": {"event": "assign"}}}`, path))
	}
	return append(all, rules.Library()...)
}

// Nothing in real code makes a rule fail, and a second search finds the same.
func TestStandardLibrary(t *testing.T) {
	set, mistakes := match.Compile(everything(t))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for _, path := range []string{"sync", "bufio", "text/template"} {
		if testing.Short() && path != "sync" {
			continue
		}
		pkg := standard(t, path)
		matches, problems := set.Find(pkg)
		for _, p := range problems {
			t.Errorf("%s: %s: %s", pkg.Fset.Position(p.Pos), p.Rule.ID, p.Message)
		}
		again, _ := set.Find(pkg)
		if len(matches) == 0 || len(again) != len(matches) {
			t.Errorf("%s: %d matches, then %d", path, len(matches), len(again))
			continue
		}
		for i := range matches {
			if line(pkg, matches[i]) != line(pkg, again[i]) {
				t.Errorf("%s: %s, then %s", path, line(pkg, matches[i]), line(pkg, again[i]))
			}
		}
	}
}
