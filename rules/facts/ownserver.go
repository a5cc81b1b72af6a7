package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// A startedServer is a server that a function of the package starts.
type startedServer struct {
	unit    *unit // of the function
	start   *ast.CallExpr
	handler ast.Expr
	far     bool // it listens at an address, where another program may do so
	from    Lock // what has the server, or its address, in the function that asks; no root: the function itself
	to      Lock // the same in the function that starts it
}

// lockOf names a lock of the function that asks as the one that starts the server does.
func (s startedServer) lockOf(u *unit, lock Lock) (Lock, bool) {
	if s.unit == u && s.from.Root == nil {
		return lock, true
	}
	if s.far && lock.Root != s.from.Root {
		return Lock{}, false // of the package, not of the object: the peer may run elsewhere
	}
	return moved(lock, s.from, s.to)
}

// serversAt returns the servers that may be at an address: the one of a local variable,
// or the only one that its field, or a server that listens at its field, has.
func (u *unit) serversAt(to address, request *ast.CallExpr) []startedServer {
	if isTestServer(u.pkg.typeOf(to.server)) {
		if call, ok := ast.Unparen(orBlank(u.onlyValue(to.server))).(*ast.CallExpr); ok && u.pkg.testServer(call) && !u.closesServer(to.server, request) {
			return []startedServer{{unit: u, start: call, handler: call.Args[0]}}
		}
	}
	sel, ok := ast.Unparen(to.server).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	field, ok := u.pkg.Use(sel.Sel).(*types.Var)
	from, named := u.place(sel.X)
	if !ok || !field.IsField() || !named || !u.steady(from) {
		return nil
	}
	found := u.pkg.servers()[field]
	if len(found) != 1 {
		return nil
	}
	s := *found[0]
	s.from = from.Lock
	return []startedServer{s}
}

// closesServer reports whether a function closes a server before it makes a request, which is
// refused then.
func (u *unit) closesServer(server ast.Expr, request *ast.CallExpr) (closes bool) {
	v := u.pkg.variable(server)
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			closes = closes || ok && v != nil && sel.Sel.Name == "Close" && u.pkg.variable(sel.X) == v && n.End() <= request.Pos()
		}
		return !closes
	})
	return closes
}

// testServer reports whether a call makes a server of package httptest that is at work.
func (p *Package) testServer(call *ast.CallExpr) bool {
	return len(call.Args) == 1 && (p.calls(call, "net/http/httptest", "NewServer") || p.calls(call, "net/http/httptest", "NewTLSServer"))
}

type serversKey struct{}

// servers returns the servers of the package by the field that has them, or that has the
// address at which they listen; a field that gets anything else has two of them.
func (p *Package) servers() map[*types.Var][]*startedServer {
	return p.Keep(serversKey{}, func() any {
		all := make(map[*types.Var][]*startedServer)
		for _, file := range p.Files {
			for _, decl := range file.Decls {
				p.Inspect(decl, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.AssignStmt:
						for i, lhs := range n.Lhs {
							p.serverIn(all, decl, lhs, valueAt(n.Rhs, len(n.Lhs), i))
						}
					case *ast.CallExpr:
						p.listensAt(all, decl, n)
					}
					return true
				})
			}
		}
		return all
	}).(map[*types.Var][]*startedServer)
}

// serverIn notes that a field gets a test server.
func (p *Package) serverIn(all map[*types.Var][]*startedServer, root ast.Node, target, value ast.Expr) {
	sel, ok := ast.Unparen(target).(*ast.SelectorExpr)
	if !ok || !isTestServer(p.typeOf(target)) {
		return
	}
	field, ok := p.Use(sel.Sel).(*types.Var)
	if !ok || !field.IsField() {
		return
	}
	s := &startedServer{unit: p.named(root)}
	all[field] = append(all[field], s)
	at, named := s.unit.place(sel.X)
	call, calls := ast.Unparen(orBlank(value)).(*ast.CallExpr)
	if named && calls && p.testServer(call) {
		s.start, s.handler, s.to = call, call.Args[0], at.Lock
		return
	}
	all[field] = append(all[field], s) // which it is, nobody knows
}

// listensAt notes that a server listens at the address in a field: http.ListenAndServe(s.addr, s).
func (p *Package) listensAt(all map[*types.Var][]*startedServer, root ast.Node, call *ast.CallExpr) {
	if len(call.Args) != 2 || !p.calls(call, "net/http", "ListenAndServe") {
		return
	}
	sel, ok := ast.Unparen(call.Args[0]).(*ast.SelectorExpr)
	if !ok {
		return
	}
	field, ok := p.Use(sel.Sel).(*types.Var)
	u := p.named(root)
	if at, named := u.place(sel.X); ok && field.IsField() && named {
		all[field] = append(all[field], &startedServer{unit: u, start: call, handler: call.Args[1], far: true, to: at.Lock})
	}
}

// handlerTakes returns where a handler is sure to take a lock when a request for a path
// comes; nil if it is not.
func (u *unit) handlerTakes(handler ast.Expr, to address, lock Lock, read bool, depth int) ast.Node {
	if depth > maxSources {
		return nil
	}
	value := ast.Unparen(orBlank(u.onlyValue(handler)))
	if call, ok := value.(*ast.CallExpr); ok && len(call.Args) == 1 && u.pkg.IsType(call.Fun) {
		return u.handlerTakes(call.Args[0], to, lock, read, depth+1) // http.HandlerFunc(f)
	}
	switch t := u.pkg.typeOf(value); {
	case t == nil || u.pkg.answersEarly(value):
		return nil
	case isServeMux(t):
		if route := u.routeTo(handler, value, to); route != nil {
			return u.handlerTakes(route, to, lock, read, depth+1)
		}
	case isFunc(t):
		return u.servedTakes(value, lock, read)
	case u.objectServes(handler, lock, read):
		return handler
	}
	return nil
}

// answersEarly reports whether a handler sends what it has written before it is done: the
// client has its answer then, whatever the handler waits for.
func (p *Package) answersEarly(handler ast.Expr) (early bool) {
	var body ast.Node
	switch handler := handler.(type) {
	case *ast.FuncLit:
		body = handler.Body
	default:
		if decl := p.servingDecl(handler); decl != nil {
			body = decl.Body
		}
	}
	if body == nil {
		return false
	}
	p.Inspect(body, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		early = early || ok && (sel.Sel.Name == "Flush" || sel.Sel.Name == "FlushError" || sel.Sel.Name == "Hijack")
		return !early
	})
	return early
}

// servingDecl returns the declaration of the function that a handler is, or of its ServeHTTP.
func (p *Package) servingDecl(handler ast.Expr) *ast.FuncDecl {
	var fn types.Object
	switch handler := handler.(type) {
	case *ast.Ident:
		fn = p.Use(handler)
	case *ast.SelectorExpr:
		fn = p.Use(handler.Sel)
	}
	if called, ok := fn.(*types.Func); ok {
		return p.declOf(called.Origin())
	}
	fn, _, _ = types.LookupFieldOrMethod(p.typeOf(handler), true, p.Types, "ServeHTTP")
	if method, ok := fn.(*types.Func); ok {
		return p.declOf(method.Origin())
	}
	return nil
}

// servedTakes looks at a function that serves.
func (u *unit) servedTakes(fn ast.Expr, lock Lock, read bool) ast.Node {
	switch fn := fn.(type) {
	case *ast.FuncLit:
		for i := range u.sites {
			site := &u.sites[i]
			if site.home != fn || !site.always || site.started || site.dynamic || u.left(site, lock) {
				continue
			}
			if u.ownSiteTakes(site, lock, read) || site.method == nil && u.calleesTake(site, lock, read) {
				return site.call
			}
		}
	case *ast.Ident, *ast.SelectorExpr:
		if u.takenAsValue(fn, lock, read) {
			return fn
		}
	}
	return nil
}

// ownSiteTakes reports whether a call is of the method of a lock, and takes it.
func (u *unit) ownSiteTakes(site *callSite, lock Lock, read bool) bool {
	if site.method == nil || site.method.op != Acquire || read && site.method.read {
		return false
	}
	at, ok := u.receiver(ast.Unparen(site.call.Fun).(*ast.SelectorExpr))
	return ok && at.Lock == lock
}

// objectServes reports whether the ServeHTTP of an object takes a lock.
func (u *unit) objectServes(object ast.Expr, lock Lock, read bool) bool {
	m := u.methodOf(object, "ServeHTTP")
	if m == nil {
		return false
	}
	for _, t := range u.pkg.calleeTakes(m) {
		if !u.pkg.blocks(t, read) {
			continue
		}
		if t.ref.Arg == 0 && u.reaches(object, t.ref.Path, lock) {
			return true
		}
		if t.ref.Arg == Global && lock == (Lock{Root: u.pkg.global(t.ref.Global), Path: t.ref.Path}) {
			return true
		}
	}
	return false
}

func isServeMux(t types.Type) bool {
	return TypeIs(deref(t), "net/http.ServeMux")
}

// routeTo returns the handler that a local mux has for just this path: another pattern
// may be the better one for those that begin with it.
func (u *unit) routeTo(mux, made ast.Expr, to address) (handler ast.Expr) {
	id, ok := ast.Unparen(mux).(*ast.Ident)
	call, calls := made.(*ast.CallExpr)
	if !ok || !to.known || !calls || !u.pkg.calls(call, "net/http", "NewServeMux") {
		return nil
	}
	path, _, _ := strings.Cut(to.path, "?")
	if path == "" {
		path = "/"
	}
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Handle" && sel.Sel.Name != "HandleFunc" {
			return true
		}
		at, ok := ast.Unparen(sel.X).(*ast.Ident)
		if pattern, known := u.pkg.text(call.Args[0]); ok && known && pattern == path && u.pkg.ObjectOf(at) == u.pkg.ObjectOf(id) {
			handler = call.Args[1]
		}
		return handler == nil
	})
	return handler
}
