package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A RequestContext is the context of an HTTP request that a goroutine works with
// after its handler has returned: it is cancelled then.
type RequestContext struct {
	Use    ast.Node   // where the goroutine gets it first
	Uses   []ast.Expr // all places where it does
	Return ast.Node   // the end of the handler
}

// RequestContext says of a go statement in a handler that its goroutine hands the
// context of the request to something, and the handler does nothing after that but
// answer.
func (f *Facts) RequestContext(fn ast.Node, start *ast.GoStmt) *RequestContext {
	request, answer := f.handlerOf(fn)
	if request == nil {
		return f.passedContext(fn, start)
	}
	if f.inTest(start) || !f.onlyAnswers(fn, start, answer) {
		return nil
	}
	uses := f.handsContext(start.Call, request)
	if len(uses) == 0 {
		return nil
	}
	return &RequestContext{uses[0], uses, bodyOfFunc(fn)}
}

// passedContext is the same of a go statement in a function that a handler calls, and gives the
// context: neither waits for the goroutine.
//
//	func (s *Server) save(w http.ResponseWriter, r *http.Request) { s.record(r.Context(), "save") }
//	func (s *Server) record(ctx context.Context, what string)     { go func() { s.log.Write(ctx, what) }() }
func (f *Facts) passedContext(fn ast.Node, start *ast.GoStmt) *RequestContext {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || f.inTest(start) || decl.Type.Results != nil || !f.onlyAnswers(fn, start, nil) {
		return nil
	}
	ctx := f.contextParam(decl)
	if ctx == nil || f.sets(ctx) > 0 {
		return nil
	}
	uses := f.handsContext(start.Call, ctx)
	if len(uses) == 0 {
		return nil
	}
	w := &tracer{f: f}
	for _, call := range f.callsOf(decl) {
		by := f.around(call)
		request, answer := f.handlerOf(by)
		st := f.statementOf(by, call)
		if request == nil || st == nil || f.inTest(call) || !f.onlyAnswers(by, st, answer) {
			continue
		}
		for _, arg := range call.Args {
			if param, _ := w.parameter(arg, call); param == ctx && f.isContextOf(arg, request) {
				return &RequestContext{uses[0], uses, bodyOfFunc(by)}
			}
		}
	}
	return nil
}

// PassedOn reports whether a context is the parameter of a function that others than handlers may
// call, too: for their goroutines it may end when it should.
func (f *Facts) PassedOn(use ast.Expr) bool {
	decl, ok := f.declAround(use.Pos()).(*ast.FuncDecl)
	if !ok {
		return false
	}
	ctx := f.contextParam(decl)
	if ctx == nil || f.Variable(use) != ctx {
		return false
	}
	return decl.Name.IsExported() || !f.onlyCalled(decl) || slices.ContainsFunc(f.callsOf(decl), func(call *ast.CallExpr) bool {
		request, _ := f.handlerOf(f.around(call))
		return request == nil || !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.isContextOf(arg, request) })
	})
}

// statementOf returns the statement that a call is; nil if it is part of another.
func (f *Facts) statementOf(fn ast.Node, call *ast.CallExpr) ast.Stmt {
	stack := f.stackOf(fn, call)
	if len(stack) == 0 {
		return nil
	}
	st, _ := stack[len(stack)-1].(*ast.ExprStmt)
	if st == nil {
		return nil
	}
	return st
}

// QueuedContext says the same of a send in a handler: what it puts into a queue of the
// package, whose goroutines work through it later, holds the context of the request.
func (f *Facts) QueuedContext(fn ast.Node, send *ast.SendStmt) *RequestContext {
	request, answer := f.handlerOf(fn)
	if request == nil || f.inTest(send) || !f.onlyAnswers(fn, send, answer) {
		return nil
	}
	c := f.Class(send.Chan)
	if c == nil || c.Takes || len(c.Of(Receive, Range)) == 0 {
		return nil
	}
	for _, r := range c.Of(Receive, Range) {
		if !r.Test && !f.runsAlone(r.Fn) {
			return nil
		}
	}
	use := f.holdsContext(send.Value, request)
	if use == nil {
		return nil
	}
	return &RequestContext{use, []ast.Expr{use}, bodyOfFunc(fn)}
}

// holdsContext returns the field of a new struct, without a channel for an answer, that
// is the context of a request.
func (f *Facts) holdsContext(x ast.Expr, request *types.Var) (use ast.Expr) {
	x = ast.Unparen(x)
	if v := f.Variable(x); v != nil && !v.IsField() && v.Kind() == types.LocalVar && f.sets(v) == 1 {
		for _, m := range f.mentions(v) {
			if value, sets := f.setBy(m); sets {
				x = ast.Unparen(value)
			}
		}
	}
	if address, ok := x.(*ast.UnaryExpr); ok {
		x = ast.Unparen(address.X)
	}
	lit, ok := x.(*ast.CompositeLit)
	if !ok || f.hasAnswer(f.pkg.TypeOf(lit)) {
		return nil
	}
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		if f.isContextOf(elt, request) {
			use = elt
		}
	}
	return use
}

// hasAnswer reports whether a struct has a field by which somebody may tell of an end.
func (f *Facts) hasAnswer(t types.Type) bool {
	st, ok := t.Underlying().(*types.Struct)
	for i := 0; ok && i < st.NumFields(); i++ {
		switch u := st.Field(i).Type().Underlying().(type) {
		case *types.Chan, *types.Signature:
			return true
		case *types.Pointer:
			if isGroup(u) || isGroup(u.Elem()) {
				return true
			}
		}
	}
	return !ok
}

// handlerOf returns the parameters of an HTTP handler.
func (f *Facts) handlerOf(fn ast.Node) (request, answer *types.Var) {
	var signature *ast.FuncType
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		signature = fn.Type
	case *ast.FuncLit:
		signature = fn.Type
	}
	if signature == nil || f.makesSomething(signature) {
		return nil, nil
	}
	for _, field := range signature.Params.List {
		for _, name := range field.Names {
			v, _ := f.pkg.Def(name).(*types.Var)
			switch {
			case v == nil:
			case facts.TypeIs(v.Type(), "*net/http.Request"):
				request = v
			case facts.TypeIs(v.Type(), "net/http.ResponseWriter"):
				answer = v
			}
		}
	}
	if answer == nil {
		return nil, nil
	}
	return request, answer
}

// makesSomething reports whether a function returns more than an error or a status: then
// it is a part of a handler, which goes on with what it gets.
func (f *Facts) makesSomething(fn *ast.FuncType) bool {
	return fn.Results != nil && slices.ContainsFunc(fn.Results.List, func(field *ast.Field) bool {
		t := f.pkg.TypeOf(field.Type)
		_, basic := t.Underlying().(*types.Basic)
		return !basic && !types.Identical(t, types.Universe.Lookup("error").Type())
	})
}

// onlyAnswers reports whether a handler, after a go statement or a send, only calls what writes
// its answer, and waits for nothing.
func (f *Facts) onlyAnswers(fn ast.Node, start ast.Stmt, answer *types.Var) bool {
	if len(f.loopsAround(fn, start)) > 0 {
		return false
	}
	only := true
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return n.Pos() > start.Pos() // itself, and what was started before
		case *ast.DeferStmt:
			only = only && !f.waitsIn(n)
			return false
		case *ast.SelectStmt, *ast.RangeStmt, *ast.ForStmt, *ast.SendStmt:
			only = only && n.Pos() <= start.Pos()
		case *ast.UnaryExpr:
			only = only && (n.Pos() < start.Pos() || !isArrow(n))
		case *ast.CallExpr:
			only = only && (n.Pos() < start.End() || f.answers(n, answer))
		}
		return only
	})
	return only
}

// waitsIn reports whether a node receives, or calls a Wait.
func (f *Facts) waitsIn(n ast.Node) (waits bool) {
	f.pkg.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			waits = waits || isArrow(n)
		case *ast.CallExpr:
			waits = waits || f.isWait(n)
		}
		return !waits
	})
	return waits
}

// answers reports whether a call is one that writes the answer, or only says or makes
// something: it names the writer, or is of fmt, log, or a builtin or conversion.
func (f *Facts) answers(call *ast.CallExpr, answer *types.Var) bool {
	if answer != nil && f.names(call, answer) || f.pkg.IsType(call.Fun) {
		return true
	}
	switch fn := f.pkg.Callee(call).(type) {
	case *types.Builtin:
		return true
	case *types.Func:
		if fn.Pkg() == nil {
			return fn.Name() == "Error"
		}
		switch fn.Pkg().Path() {
		case "fmt", "log", "log/slog", "strconv", "time", "errors", "encoding/json":
			return true
		}
	}
	return false
}

// handsContext returns where a call, or the literal that it is of, hands the context of
// a request to another call.
func (f *Facts) handsContext(call *ast.CallExpr, request *types.Var) (uses []ast.Expr) {
	if f.hasOwnContext(call) {
		return nil
	}
	for _, arg := range call.Args {
		if f.isContextOf(arg, request) {
			return []ast.Expr{arg}
		}
	}
	lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit)
	if !ok || f.waitsFor(lit, request) {
		return nil
	}
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		inner, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if fn, ok := f.pkg.Callee(inner).(*types.Func); ok && facts.IsFunc(fn, "context.WithoutCancel") || f.hasOwnContext(inner) {
			return false
		}
		for _, arg := range inner.Args {
			if f.isContextOf(arg, request) {
				uses = append(uses, arg)
			}
		}
		return true
	})
	return uses
}

// hasOwnContext reports whether a function of the package that a call runs makes itself a
// context that no caller ends, or that ends otherwise, with a Done of its own: then it has thought
// of that, and what it is given is for the values in it.
func (f *Facts) hasOwnContext(call *ast.CallExpr) (own bool) {
	decl := f.pkg.Body(call)
	if decl == nil {
		return false
	}
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch made := n.(type) {
		case *ast.CallExpr:
			own = own || f.isCallOf(made, "context.Background") || f.isCallOf(made, "context.TODO") || f.isCallOf(made, "context.WithoutCancel")
		case *ast.CompositeLit:
			own = own || hasOwnDone(f.pkg.TypeOf(made))
		}
		return !own
	})
	return own
}

// hasOwnDone reports whether a struct that holds a context has a Done of its own, and not that of
// the context.
func hasOwnDone(t types.Type) bool {
	if t == nil {
		return false
	}
	done, path, _ := types.LookupFieldOrMethod(t, true, nil, "Done")
	_, ok := done.(*types.Func)
	held, _, _ := types.LookupFieldOrMethod(t, true, nil, "Context")
	holds, isField := held.(*types.Var)
	return ok && len(path) == 1 && isField && isContext(holds.Type())
}

// waitsFor reports whether a literal waits for the end of the request on purpose.
func (f *Facts) waitsFor(lit *ast.FuncLit, request *types.Var) (waits bool) {
	f.pkg.Inspect(lit, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		waits = waits || ok && sel.Sel.Name == "Done" && f.isContextOf(sel.X, request)
		return !waits
	})
	return waits
}

// isContextOf reports whether an expression is r.Context(), or a local variable that
// is set to that and to nothing else; or the context itself that a function gets.
func (f *Facts) isContextOf(x ast.Expr, request *types.Var) bool {
	if f.Variable(x) == request && isContext(request.Type()) {
		return true
	}
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		return ok && f.isCallOf(call, "(*net/http.Request).Context") && f.Variable(sel.X) == request
	}
	v := f.Variable(x)
	if v == nil || v.IsField() || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return false
	}
	for _, m := range f.mentions(v) {
		if value, sets := f.setBy(m); sets {
			call, ok := ast.Unparen(value).(*ast.CallExpr)
			return ok && f.isContextOf(call, request)
		}
	}
	return false
}
