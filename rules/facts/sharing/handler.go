package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// registers notes a handler that is given to the HTTP server as an object: its
// ServeHTTP runs on a goroutine for each request.
func (w *walker) registers(call *ast.CallExpr) {
	if w.test || w.current() == nil {
		return
	}
	i, ok := handlerArgument(w.pkg.Callee(call))
	if !ok || i >= len(call.Args) {
		return
	}
	if fn := w.serving(call.Args[i]); fn != nil {
		fn.sites = append(fn.sites, site{in: w.current(), call: call, runs: started, stmt: call})
	}
}

// handlerArgument returns which argument of a function of net/http is a handler
// that it keeps for all requests.
func handlerArgument(callee types.Object) (int, bool) {
	fn, ok := callee.(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "net/http" {
		return 0, false
	}
	return 1, fn.Name() == "Handle" || fn.Name() == "ListenAndServe"
}

// serving returns the method ServeHTTP of a handler whose type the package
// declares, with a pointer as its receiver.
func (f *Facts) serving(handler ast.Expr) *function {
	pointer, ok := f.pkg.Info.TypeOf(handler).(*types.Pointer)
	if !ok {
		return nil
	}
	named, ok := types.Unalias(pointer.Elem()).(*types.Named)
	if !ok {
		return nil
	}
	for method := range named.Methods() {
		if method.Name() == "ServeHTTP" {
			return f.decls[method.Origin()]
		}
	}
	return nil
}

// serves reports whether a site registers the object whose ServeHTTP runs.
func (f *Facts) serves(c outgoing) bool {
	i, ok := handlerArgument(f.pkg.Callee(c.site.call))
	return ok && c.callee.name() == "ServeHTTP" && i < len(c.site.call.Args)
}

// handler stands for the object that a call registers, which may have no name
// there.
func (f *Facts) handler(call *ast.CallExpr) *types.Var {
	i, _ := handlerArgument(f.pkg.Callee(call))
	if at, ok := f.placeOf(call.Args[i]); ok && at.path == "" {
		return at.root
	}
	if f.objects == nil {
		f.objects = map[*ast.CallExpr]*types.Var{}
	}
	if f.objects[call] == nil {
		f.objects[call] = types.NewVar(token.NoPos, f.pkg.Types, "handler", f.pkg.Info.TypeOf(call.Args[i]))
	}
	return f.objects[call]
}
