package match

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// A rule that panics ends for the file; the other rules go on.
func TestPanicInOneRule(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", "package p\nfunc f() { f(); f() }", 0)
	if err != nil {
		t.Fatal(err)
	}
	bad := &rules.Rule{ID: "bad", Match: rules.Match{Pattern: "f()"}}
	good := &rules.Rule{ID: "good", Match: rules.Match{Pattern: "f()"}}
	set, mistakes := Compile([]*rules.Rule{bad, good})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	set.byRule[bad].where = []constraint{func(*query, found, yield) bool { panic("boom") }}
	matches, problems := set.Find(&facts.Package{Fset: fset, Files: []*ast.File{file}, Info: &types.Info{}})
	if len(matches) != 2 || matches[0].Rule != good {
		t.Errorf("matches %v", matches)
	}
	if len(problems) != 1 || problems[0].Rule != bad || !strings.HasPrefix(problems[0].Message, "internal: boom") {
		t.Errorf("problems %v", problems)
	}
}
