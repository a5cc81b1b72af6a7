package sharing

import (
	"go/ast"
	"go/types"
)

// addOptions adds what the options do that a function calls with an object: each caller
// gives others, and one of them may be any of those that the package makes.
//
//	go c.loop()
//	for _, o := range opts {
//		o(c) // func WithInterval(d time.Duration) Option { return func(c *Client) { c.interval = d } }
//	}
func (f *Facts) addOptions(top *function, all map[place][]*Access) {
	decl, ok := top.node.(*ast.FuncDecl)
	if !ok || top.test {
		return
	}
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			if f.callsParameter(n) {
				f.addOptionsAt(top, decl, n, all)
			}
		}
		return true
	})
}

// callsParameter reports whether a call is of a local variable of func type, with an
// object behind a pointer.
func (f *Facts) callsParameter(call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || len(call.Args) == 0 {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	return ok && v.Kind() != types.PackageVar
}

func (f *Facts) addOptionsAt(top *function, decl *ast.FuncDecl, call *ast.CallExpr, all map[place][]*Access) {
	for _, lit := range f.pkg.Options(decl, call) {
		option := f.funcs[lit]
		sig, ok := f.typeOf(lit).(*types.Signature)
		if option == nil || !ok {
			continue
		}
		for at, accesses := range f.accessesByPlace()[option.outermost()] {
			i := parameterIndex(sig, at.root)
			if i < 0 || i >= len(call.Args) {
				continue
			}
			object, ok := f.placeOf(call.Args[i])
			if !ok {
				continue
			}
			object.path += at.path
			for _, a := range accesses {
				if a.fn == option && !a.Address && !f.excused(a) {
					all[object] = append(all[object], f.optionAccess(top, call, a))
				}
			}
		}
	}
}

// parameterIndex returns which parameter a variable is, -1 if it is none.
func parameterIndex(sig *types.Signature, v *types.Var) int {
	for i := range sig.Params().Len() {
		if sig.Params().At(i) == v {
			return i
		}
	}
	return -1
}

// optionAccess is an access of an option as the function sees it that calls the option.
func (f *Facts) optionAccess(top *function, call *ast.CallExpr, a *Access) *Access {
	here, there := f.stateAt(top, call), f.stateAt(a.fn, a.Expr)
	seen := *a
	seen.fn = top
	seen.far = &distant{real: a, site: call, held: context{locks: here.locks.with(there.locks), known: here.known && there.known}, sure: true, deep: 1}
	return &seen
}
