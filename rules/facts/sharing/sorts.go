package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// To sort a slice, or to turn it round, is to write all of its elements where they are: no two
// goroutines can share that out among them.

// sortsAs returns the call that sorts a slice, which a conversion gives the methods for that.
//
//	sort.Sort(sort.Reverse(sort.IntSlice(b.scores)))
func (w *walker) sortsAs(conversion *ast.CallExpr, depth int) *ast.CallExpr {
	if !w.pkg.Info.Types[conversion.Fun].IsType() {
		return nil
	}
	for depth--; depth >= 0; depth-- {
		call, ok := w.stack[depth].(*ast.CallExpr)
		if !ok {
			return nil
		}
		fn, ok := w.pkg.Callee(call).(*types.Func)
		switch {
		case !ok:
			return nil
		case facts.IsFunc(fn, "sort.Sort"), facts.IsFunc(fn, "sort.Stable"):
			return call
		case !facts.IsFunc(fn, "sort.Reverse"):
			return nil
		}
	}
	return nil
}

// sortsWhole reports whether an access is of a call of package sort or slices that moves the
// elements of the whole slice.
func (f *Facts) sortsWhole(a *Access) bool {
	call, ok := a.Use.(*ast.CallExpr)
	if !ok || !a.Element || !a.Write {
		return false
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Pkg() != nil && (fn.Pkg().Path() == "sort" || fn.Pkg().Path() == "slices")
}
