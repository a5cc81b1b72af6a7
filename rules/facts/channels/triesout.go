package channels

import (
	"go/ast"
	"go/types"
)

// triesOut reports whether a test names a function that is no test's: what a test calls
// where it likes, once, says nothing of how the program calls it.
func (f *Facts) triesOut(use ast.Node, decl *ast.FuncDecl) bool {
	return f.inTest(use) && !f.inTest(decl)
}

// timesNamed counts how often the package names a declared function, but for tests that
// try it out.
func (f *Facts) timesNamed(decl *ast.FuncDecl) int {
	if f.named == nil {
		f.named = map[types.Object]int{}
		for id, used := range f.pkg.Info.Uses {
			fn, ok := used.(*types.Func)
			if !ok || f.inTest(id) && !f.pkg.InTest(fn.Pos()) {
				continue
			}
			f.named[fn.Origin()]++
		}
	}
	return f.named[f.pkg.Def(decl.Name)]
}
