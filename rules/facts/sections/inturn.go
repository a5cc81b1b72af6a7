package sections

import (
	"go/ast"
	"go/types"
	"slices"
)

// inTurn reports whether a function runs nowhere but in what a sync.Once runs, or a group that runs one
// of those who ask for the same key (singleflight.Group).
func (f *Facts) inTurn(decl *ast.FuncDecl) bool {
	fn, _ := f.pkg.Def(decl.Name).(*types.Func)
	if fn == nil || fn.Exported() {
		return false
	}
	callers := f.callers(fn)
	for _, by := range callers {
		turn := true
		f.pkg.PreorderStack(by.Body, nil, func(n ast.Node, stack []ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && f.pkg.Use(id) != nil && originOf(f.pkg.Use(id)) == fn.Origin() {
				turn = turn && slices.ContainsFunc(stack, f.runsOne)
			}
			return turn
		})
		if !turn {
			return false
		}
	}
	return len(callers) > 0
}

func originOf(o types.Object) types.Object {
	if fn, ok := o.(*types.Func); ok {
		return fn.Origin()
	}
	return o
}

// runsOne reports whether a node is the call of a method of others that runs a function for one caller.
func (f *Facts) runsOne(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	last := f.pkg.TypeOf(call.Args[len(call.Args)-1])
	if last == nil {
		return false
	}
	if _, isFunc := last.Underlying().(*types.Signature); !isFunc {
		return false
	}
	switch nameOf(call.Fun) {
	case "Do", "DoChan", "DoContext", "OnceFunc", "OnceValue", "OnceValues":
		return true
	}
	return false
}
