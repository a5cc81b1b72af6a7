package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// servesName is how what lets a server begin is called, and cannotServe what is
// called like it and does not.
var (
	servesName  = lazyregexp.New(`(?i)serve|start|listen|run|launch|spawn|accept`)
	cannotServe = lazyregexp.New(`^(NewServeMux|NewUnstartedServer)$`)
)

// unserved reports whether a function that makes an object and registers handlers
// of it goes on to fill it in before anybody can serve: what it registers runs
// when a server begins, not when it is registered.
//
//	s := &Server{mux: http.NewServeMux()}
//	s.mux.HandleFunc("/", s.root)
//	s.name = name
func (f *Facts) unserved(in *function, at place, handler, other strand) bool {
	if handler.start == nil || other.start != nil || other.exit || handler.at.Pos() > other.at.Pos() || !f.handlesRequest(handler) {
		return false
	}
	body := in.body()
	if body == nil || !f.beginsHere(in, at.root) {
		return false // somebody may serve already
	}
	return !f.mayServe(body, other.at.Pos())
}

// beginsHere reports whether nobody knows a variable before a function begins: it is one of its
// own, or the function is that with which the program begins.
func (f *Facts) beginsHere(fn *function, v *types.Var) bool {
	switch v.Kind() {
	case types.LocalVar:
		return within(fn.body(), &ast.Ident{NamePos: v.Pos()})
	case types.PackageVar:
		return fn.obj != nil && fn.obj.Name() == "main" && f.pkg.Types.Name() == "main" && fn.obj.Signature().Recv() == nil
	}
	return false
}

// handlesRequest reports whether a strand is that of a handler, which a server
// runs, and no go statement.
func (f *Facts) handlesRequest(s strand) bool {
	if _, goes := s.at.(*ast.GoStmt); goes {
		return false
	}
	fn := s.start
	if f.funcs[fn.node] != nil {
		fn = f.funcs[fn.node] // as it is declared
	}
	if _, runs, at := fn.out(); runs == started {
		if _, goes := at.(*ast.GoStmt); goes {
			return false
		}
	}
	sig := fn.signature(f.pkg.Info)
	return sig != nil && handlesRequests(sig)
}

// onlyRegisters reports whether a goroutine of a function is that of a handler which the
// function registers, and no more: it runs once somebody serves, which is up to who calls.
func (f *Facts) onlyRegisters(fn, by *function) bool {
	return by != nil && f.handlesRequest(strand{start: by, at: by.at}) && !f.mayServe(fn.body(), fn.body().End())
}

// spelled is the last name of what is called.
func spelled(fun ast.Expr) string {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// mayServe reports whether a server may have begun in a body before a place.
func (f *Facts) mayServe(body ast.Node, before token.Pos) bool {
	return f.serveIn(body, before, passageDepth)
}

// serveIn is that; depth is how many calls of functions of the package are followed.
func (f *Facts) serveIn(body ast.Node, before token.Pos, depth int) (begun bool) {
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return depth == passageDepth || len(n.Type.Params.List) == 0 // a handler, that a helper makes
		case *ast.GoStmt:
			begun = begun || n.Pos() < before && !f.servesNothing(n.Call)
			return false
		case *ast.CallExpr:
			begun = begun || n.Pos() < before && (f.namesServing(n) || f.servesWithin(n, depth))
		}
		return !begun
	})
	return begun
}

// namesServing reports whether a call is of what may serve by its name, or is given that.
//
//	g.Go(server.ListenAndServe)
func (f *Facts) namesServing(call *ast.CallExpr) bool {
	if name := spelled(call.Fun); servesName.MatchString(name) && !cannotServe.MatchString(name) {
		return true
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		sig, isFunc := f.pkg.TypeOf(arg).(*types.Signature)
		return isFunc && sig.Params().Len() == 0 && servesName.MatchString(spelled(arg)) // no handler
	})
}

// servesWithin reports whether a function of the package that is called lets a server begin.
func (f *Facts) servesWithin(call *ast.CallExpr, depth int) bool {
	decl := f.pkg.Body(call)
	return decl != nil && depth > 0 && f.serveIn(decl.Body, decl.End(), depth-1)
}

// servesNothing reports whether a call is of a function of the package that calls nothing by which a
// server may begin, nor anything that is not seen.
//
//	go refresh()
func (f *Facts) servesNothing(call *ast.CallExpr) bool {
	decl := f.pkg.Body(call)
	if decl == nil {
		return false
	}
	nothing := true
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			nothing = nothing && !servesName.MatchString(spelled(call.Fun)) && f.pkg.Body(call) == nil && !f.unseen(call)
		}
		return nothing
	})
	return nothing
}
