package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// To sort a slice, to turn it round or to copy into it is to write its elements where they are, from
// the first on: no two goroutines can share that out among them.

// sortsAs returns the call that sorts a slice, which a conversion gives the methods for that.
//
//	sort.Sort(sort.Reverse(sort.IntSlice(b.scores)))
func (w *walker) sortsAs(conversion *ast.CallExpr, depth int) *ast.CallExpr {
	if !w.pkg.IsType(conversion.Fun) {
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

// writesWhole reports whether an access writes the elements of a whole slice: a call of package sort
// or slices moves them, copy or clear sets them.
func (f *Facts) writesWhole(a *Access) bool {
	call, ok := a.Use.(*ast.CallExpr)
	if !ok || !a.Element || !a.Write {
		return false
	}
	switch callee := f.pkg.Callee(call).(type) {
	case *types.Builtin:
		return ast.Unparen(call.Args[0]) == a.Expr
	case *types.Func:
		return ofSorting(callee)
	}
	return false
}

// ofSorting reports whether a function is one of package sort or slices.
func ofSorting(fn *types.Func) bool {
	return fn.Pkg() != nil && (fn.Pkg().Path() == "sort" || fn.Pkg().Path() == "slices")
}
