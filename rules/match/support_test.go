package match_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

var fromSource = sync.OnceValue(func() types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "source", nil)
})

// load type-checks one file, given without its package clause.
func load(t testing.TB, source string) *facts.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", "package p\n"+source, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return typeCheck(t, fset, "p", file)
}

func typeCheck(t testing.TB, fset *token.FileSet, path string, files ...*ast.File) *facts.Package {
	t.Helper()
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
		Instances: map[*ast.Ident]types.Instance{},
	}
	var bad []error
	config := types.Config{Importer: fromSource(), Error: func(err error) {
		if !strings.Contains(err.Error(), " not used") {
			bad = append(bad, err)
		}
	}}
	pkg, _ := config.Check(path, fset, files, info)
	if len(bad) > 0 {
		t.Fatalf("%s: %v", path, bad[0])
	}
	return &facts.Package{Fset: fset, Files: files, Types: pkg, Info: info}
}

// rule reads a rule that has the given keys in JSON beside those that all rules need.
func rule(t testing.TB, keys string) *rules.Rule {
	t.Helper()
	return ruleNamed(t, "hazard", keys)
}

func ruleNamed(t testing.TB, id, keys string) *rules.Rule {
	t.Helper()
	message := `"message": "found", `
	if before, _, _ := strings.Cut(keys, `"report":`); strings.Contains(before, `"message":`) {
		message = ""
	}
	if r, mistakes := tryRule(id, `{`+fmt.Sprintf(`"id": %q, `, id)+message+`"title": "t", "rationale": "r", "severity": "info",
		"confidence": "low", "category": "misuse", "since": "0.1", "stability": "preview", `+keys+`}`); len(mistakes) == 0 {
		return r
	} else {
		t.Fatalf("%v", mistakes)
		return nil
	}
}

func oneFile(id, text string) fs.FS { return fstest.MapFS{id + ".json": {Data: []byte(text)}} }

func tryRule(id, text string) (*rules.Rule, []rules.Mistake) {
	all, mistakes := rules.Read(oneFile(id, text))
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return all[0], nil
}

// find returns what one rule matches.
func find(t testing.TB, pkg *facts.Package, r *rules.Rule) []*match.Match {
	t.Helper()
	set, mistakes := match.Compile([]*rules.Rule{r})
	if len(mistakes) > 0 {
		t.Fatalf("%v", mistakes)
	}
	matches, problems := set.Find(pkg)
	if len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	return matches
}

// texts returns the source of what each match matched.
func texts(pkg *facts.Package, matches []*match.Match) []string {
	var all []string
	for _, m := range matches {
		all = append(all, text(pkg, m.Nodes))
	}
	return all
}

func text(pkg *facts.Package, nodes []ast.Node) string {
	var texts []string
	for _, n := range nodes {
		var b bytes.Buffer
		if err := format.Node(&b, pkg.Fset, n); err != nil {
			b.WriteString(err.Error())
		}
		texts = append(texts, strings.Join(strings.Fields(b.String()), " "))
	}
	return strings.Join(texts, "; ")
}

// spaceless drops what gofmt may lay out one way or another.
func spaceless(s string) string { return strings.NewReplacer(" ", "", ";", "").Replace(s) }
