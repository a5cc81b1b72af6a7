package channels

import (
	"go/ast"
	"go/types"
)

// tendsOwn reports whether a function only ever runs as a goroutine, one for each object
// whose channel it closes: each turn of a loop starts it for another one, or a function for
// what it has made.
//
//	for _, p := range points { go s.tend(p) }
func (f *Facts) tendsOwn(decl *ast.FuncDecl, ch ast.Expr) bool {
	root := f.Root(ch)
	if root == nil {
		return false
	}
	v := f.Variable(root)
	starts := f.startedOnly(decl)
	if v == nil || v.Kind() != types.ParamVar || len(starts) == 0 || len(starts) != len(f.callsOf(decl)) {
		return false
	}
	given := f.argumentsFor(decl, v)
	for _, arg := range given {
		if !f.ownHere(arg) {
			return false
		}
	}
	return len(given) == len(starts)
}

// ownHere reports whether an argument is another object each time that control comes to
// it: the variable of the innermost loop around it, or, where there is none, what the
// function has just made.
func (f *Facts) ownHere(arg ast.Expr) bool {
	v := f.Variable(arg)
	if v == nil || v.Kind() != types.LocalVar || f.sets(v) > 1 {
		return false
	}
	loops := f.loopsAround(f.around(arg), arg)
	if len(loops) == 0 {
		return f.madeAt(v)
	}
	inner, ok := loops[len(loops)-1].(*ast.RangeStmt)
	return ok && (f.Variable(inner.Value) == v || inner.Body.Pos() <= v.Pos() && v.Pos() < inner.Body.End() && f.madeAt(v))
}

// madeAt reports whether a variable gets the address of a struct that is made there, or by
// the function that is called there.
func (f *Facts) madeAt(v *types.Var) bool {
	for _, m := range f.mentions(v) {
		if value, sets := f.setBy(m); sets {
			return f.makes(value)
		}
	}
	return false
}

func (f *Facts) makes(value ast.Node) bool {
	switch x := value.(type) {
	case *ast.UnaryExpr:
		_, made := ast.Unparen(x.X).(*ast.CompositeLit)
		return made
	case *ast.CallExpr:
		decl := f.pkg.Body(x)
		if decl == nil || len(decl.Body.List) != 1 {
			return false
		}
		ret, ok := decl.Body.List[0].(*ast.ReturnStmt)
		return ok && len(ret.Results) == 1 && f.makes(ast.Unparen(ret.Results[0]))
	}
	return false
}
