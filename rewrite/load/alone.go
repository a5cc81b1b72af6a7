package load

import (
	"go/types"
)

// alone finds what is wrong with a superseded root n if its tests are left
// out. That takes a second look into function bodies only where the tests
// could make a difference.
func (c *check) alone(g *graph, n *node) {
	if c.sameWithoutTests(n, g.nodes[n.supersededBy]) {
		return
	}
	_, problems := c.types(importer{c, g, n, nil}, n.pkg.syntax(), nil, true)
	n.problems = append(n.problems, problems...)
}

// sameWithoutTests reports whether the function bodies of n surely type-check
// if they do so in variant, which is n with its tests. Two things that tests
// declare at package level can be seen by the other files: names, and methods
// of types of the other files. (Imports are each file's own.)
func (c *check) sameWithoutTests(n, variant *node) bool {
	if len(variant.problems) > 0 {
		return false
	}
	inTest := make(map[string]bool)
	for _, path := range variant.files {
		inTest[path] = true
	}
	for _, path := range n.files {
		delete(inTest, path)
	}
	declaredInTest := func(obj types.Object) bool {
		return obj.Pkg() == variant.pkg.Types && obj.Pos().IsValid() && inTest[c.fset.File(obj.Pos()).Name()]
	}
	return !usesTests(n, variant, declaredInTest) && !testsAddMethods(variant.pkg.Types, declaredInTest)
}

// usesTests reports whether a file of n uses what is declared in a test.
func usesTests(n, variant *node, declaredInTest func(types.Object) bool) bool {
	for id, obj := range variant.pkg.Info.Uses {
		if !declaredInTest(obj) {
			continue
		}
		for _, f := range n.pkg.Files {
			if f.Syntax.FileStart <= id.Pos() && id.Pos() <= f.Syntax.FileEnd {
				return true
			}
		}
	}
	return false
}

// testsAddMethods reports whether a test declares a method of a type that is
// not declared in a test.
func testsAddMethods(pkg *types.Package, declaredInTest func(types.Object) bool) bool {
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		named := asNamed(scope.Lookup(name))
		if named == nil || declaredInTest(named.Obj()) {
			continue
		}
		for method := range named.Methods() {
			if declaredInTest(method) {
				return true
			}
		}
	}
	return false
}

// asNamed returns the type that obj declares, if it is one that can have methods.
func asNamed(obj types.Object) *types.Named {
	name, ok := obj.(*types.TypeName)
	if !ok || name.IsAlias() {
		return nil
	}
	named, _ := name.Type().(*types.Named)
	return named
}
