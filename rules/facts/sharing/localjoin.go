package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// closureCalled returns the literal that a call runs by the name of a local variable, which
// has no other value.
//
//	end := func() { close(ch); <-done }
//	go func() { for range ch { n++ }; close(done) }()
//	end()
func (f *Facts) closureCalled(in *function, n ast.Node) *ast.FuncLit {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Callee(call).(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return nil
	}
	lit, _ := f.onlyValue(in.outermost(), v).(*ast.FuncLit)
	return lit
}

// alsoNames reports whether a local variable may be another name of a channel by which a
// goroutine gives a signal: a literal that is called at once returns it.
//
//	in = func() <-chan T {
//		ch := make(chan T)
//		go func() { defer close(ch); … }()
//		return ch
//	}()
func (f *Facts) alsoNames(in *function, key types.Object, gives map[types.Object][]ast.Node) bool {
	v, ok := key.(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return false
	}
	given := f.valuesOf(in.outermost())[v]
	return given != nil && slices.ContainsFunc(given.values, func(value ast.Expr) bool {
		call, ok := ast.Unparen(value).(*ast.CallExpr)
		if !ok {
			return false
		}
		lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit)
		return ok && len(gives[f.onlyReturned(lit)]) > 0
	})
}

// onlyReturned returns the variable that each return statement of a literal returns.
func (f *Facts) onlyReturned(lit *ast.FuncLit) (v types.Object) {
	several := false
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) != 1 {
				several = true
				return false
			}
			returned := f.holder(n.Results[0])
			several = several || v != nil && v != returned
			v = returned
		}
		return true
	})
	if several {
		return nil
	}
	return v
}
