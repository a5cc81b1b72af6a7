package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// handles reports whether a call registers a function that an HTTP server runs
// on a goroutine for each request: http.HandleFunc, the conversion to
// http.HandlerFunc, and whatever router gets a function of that type. What is made
// where a request is at hand is for that one request.
func (w *walker) handles(call *ast.CallExpr) bool {
	if w.atRequest() || w.servedHere(call) {
		return false
	}
	if tv := w.pkg.Info.Types[call.Fun]; tv.IsType() {
		return isHTTP(tv.Type, "HandlerFunc")
	}
	fn, ok := w.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	if _, keeps := handlerArgument(fn); keeps {
		return true
	}
	if fn.Pkg() == w.pkg.Types {
		return false // what it does with the function is seen
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return handlesRequests(w.pkg.TypeOf(arg)) })
}

// servesRequests reports whether a literal is a handler that its function hands
// out: it is made once, for all requests, unless the function is given one.
func (w *walker) servesRequests(lit *ast.FuncLit) bool {
	if w.test || !handlesRequests(w.pkg.TypeOf(lit)) {
		return false
	}
	for fn := w.current(); fn != nil; fn = fn.around {
		if fn.signature(w.pkg.Info) == nil {
			return false
		}
	}
	return !w.atRequest()
}

// servedHere reports whether a handler serves where it is made:
//
//	wrap(http.HandlerFunc(…)).ServeHTTP(w, r)
func (w *walker) servedHere(call *ast.CallExpr) (here bool) {
	if w.current() == nil {
		return false
	}
	w.Facts.pkg.Inspect(w.current().body(), func(n ast.Node) bool {
		if outer, ok := n.(*ast.CallExpr); ok && calledMethod(outer) == "ServeHTTP" {
			here = here || within(outer.Fun, call)
		}
		return !here
	})
	return here
}

// atRequest reports whether a function around is given a request.
func (w *walker) atRequest() bool {
	for fn := w.current(); fn != nil; fn = fn.around {
		if sig := fn.signature(w.pkg.Info); sig != nil && ofOneRequest(sig) {
			return true
		}
	}
	return false
}

// handlesRequests reports whether a type is that of an HTTP handler function, or of one of
// a web framework.
func handlesRequests(t types.Type) bool {
	if t == nil {
		return false
	}
	sig, ok := t.Underlying().(*types.Signature)
	if ok && sig.Params().Len() == 1 && isRequestContext(sig.Params().At(0).Type()) {
		return true
	}
	return ok && sig.Params().Len() == 2 && sig.Results().Len() == 0 && isHTTP(sig.Params().At(0).Type(), "ResponseWriter") && ofOneRequest(sig)
}

// ofOneRequest reports whether a function is given a request.
func ofOneRequest(sig *types.Signature) bool {
	for v := range sig.Params().Variables() {
		if isHTTP(v.Type(), "Request") || isHTTP(v.Type(), "ResponseWriter") || isRequestContext(v.Type()) {
			return true
		}
	}
	return false
}

// requestContexts are what web frameworks give to the function that they call for a
// request, by the name of the package.
var requestContexts = map[string]string{
	"app":  "RequestContext", // cloudwego/hertz
	"echo": "Context", "fasthttp": "RequestCtx", "fiber": "Ctx", "gin": "Context", "iris": "Context",
}

// isRequestContext reports whether a type, or what it points to, is one of those.
func isRequestContext(t types.Type) bool {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && requestContexts[named.Obj().Pkg().Name()] == named.Obj().Name()
}

// isHTTP reports whether a type, or what it points to, is one of net/http.
func isHTTP(t types.Type, name string) bool {
	return facts.TypeIs(t, "net/http."+name, "*net/http."+name)
}

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
	pointer, ok := f.pkg.TypeOf(handler).(*types.Pointer)
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
		f.objects[call] = types.NewVar(token.NoPos, f.pkg.Types, "handler", f.pkg.TypeOf(call.Args[i]))
	}
	return f.objects[call]
}
