package sharing

import (
	"go/ast"
	"go/types"
)

// returnedLocal reports whether a local variable of a function is the object
// that it makes and returns first: its caller has a name for it, and for what
// goroutines do with it that the function has started.
func (f *Facts) returnedLocal(fn *function, v *types.Var) bool {
	if _, pointer := v.Type().Underlying().(*types.Pointer); !pointer || v.Kind() != types.LocalVar || f.onlyValue(fn.outermost(), v) == nil {
		return false
	}
	returned, other := false, false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			switch {
			case len(n.Results) == 0:
				other = true
			case f.isVariable(n.Results[0], v):
				returned = true
			case !f.pkg.IsNil(n.Results[0]):
				other = true
			}
		}
		return true
	})
	return returned && !other && f.made(fn, v) == Own
}

// sharesResult reports whether a function has given the object that it makes and
// returns to a goroutine that it started.
func (f *Facts) sharesResult(fn *function) bool {
	if fn == nil || fn.obj == nil || len(f.startsIn(fn)) == 0 {
		return false
	}
	shares := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || len(ret.Results) == 0 || shares {
			_, literal := n.(*ast.FuncLit)
			return !literal
		}
		id, isName := ast.Unparen(ret.Results[0]).(*ast.Ident)
		if isName {
			v, isVar := f.pkg.Use(id).(*types.Var)
			shares = isVar && v.Kind() == types.LocalVar && f.escaped(fn, v, ret) == Shared
		}
		return false
	})
	return shares
}

// resultOf returns what a call's first result is assigned to.
func (f *Facts) resultOf(call *ast.CallExpr) ast.Expr {
	if f.results == nil {
		f.results = map[*ast.CallExpr]ast.Expr{}
		for _, file := range f.pkg.Files {
			f.pkg.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					f.noteResults(n.Lhs, n.Rhs)
				case *ast.ValueSpec:
					if len(n.Values) == 1 {
						f.noteResults([]ast.Expr{n.Names[0]}, n.Values)
					}
				}
				return true
			})
		}
	}
	return f.results[call]
}

func (f *Facts) noteResults(lhs, rhs []ast.Expr) {
	for i, value := range rhs {
		if call, ok := ast.Unparen(value).(*ast.CallExpr); ok {
			f.results[call] = lhs[i]
		}
	}
}
