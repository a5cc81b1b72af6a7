package pattern_test

import (
	"go/ast"
	"reflect"
	"slices"

	"github.com/lockfix/lockfix/rules/pattern"
)

// anchored reports whether the index would find a match of p, if there is one:
// at every place where p matches, its anchor allows it.
func (prog program) anchored(p *pattern.Pattern, matches bool) bool {
	a := p.Anchor()
	if matches && !slices.ContainsFunc(a.Names, func(name string) bool { return !prog.mentions(name) }) {
		matches = false
	} else if matches {
		return false
	}
	good := true
	for _, at := range prog.subjects(p.IsRun()) {
		first := at.Node
		if p.IsRun() {
			first = at.List[at.Index]
		}
		p.Match(at, nil, func(pattern.Solution) bool {
			good = good && allows(a, first)
			return good
		})
	}
	return good
}

func allows(a pattern.Anchor, n ast.Node) bool {
	if x, ok := n.(ast.Expr); ok {
		n = ast.Unparen(x)
	}
	here := func(zero ast.Node) bool { return reflect.TypeOf(zero) == reflect.TypeOf(n) }
	if len(a.Nodes) > 0 && !slices.ContainsFunc(a.Nodes, here) {
		return false
	}
	return a.Key == "" || a.Key == pattern.Key(n)
}

func (prog program) mentions(name string) (found bool) {
	ast.Inspect(prog.file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}
