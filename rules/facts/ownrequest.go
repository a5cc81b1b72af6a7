package facts

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// An OwnRequest is an HTTP request that a function makes with a lock held, to a server
// of the same program: the handler takes the lock, and the answer never comes.
type OwnRequest struct {
	Call   *ast.CallExpr // makes the request
	Lock   Lock          // as the function around it names it
	Held   *ast.CallExpr // takes it
	Server *ast.CallExpr // starts the server
	Taken  ast.Node      // where the handler takes the lock
}

type ownRequestsKey struct{}

// OwnRequest returns what a call that makes a request waits for; ok is false where the
// handler is not known, or is not sure to take a lock that is held.
func (p *Package) OwnRequest(call *ast.CallExpr) (OwnRequest, bool) {
	all := p.Keep(ownRequestsKey{}, func() any { return p.ownRequests() }).(map[*ast.CallExpr]OwnRequest)
	found, ok := all[call]
	return found, ok
}

func (p *Package) ownRequests() map[*ast.CallExpr]OwnRequest {
	all := make(map[*ast.CallExpr]OwnRequest)
	if !p.importsAny("net/http") {
		return all
	}
	p.locks()
	p.closeTakes()
	b := &backFinder{pkg: p}
	p.eachLockUnit(func(u *unit) {
		p.eachOwnCall(u.root, func(home ast.Node, call *ast.CallExpr) {
			url := u.requested(call)
			if url == nil {
				return
			}
			if found, ok := b.asksItself(u, home, call, u.addressOf(url, 0)); ok {
				all[call] = found
			}
		})
	})
	return all
}

// importsAny reports whether a file of the package imports another.
func (p *Package) importsAny(path string) bool {
	for _, imported := range p.Types.Imports() {
		if imported.Path() == path {
			return true
		}
	}
	return false
}

// asksItself looks for a lock that is held at a request and that the handler takes.
func (b *backFinder) asksItself(u *unit, home ast.Node, call *ast.CallExpr, to address) (OwnRequest, bool) {
	if to.server == nil {
		return OwnRequest{}, false
	}
	held := b.heldAt(u, home, call)
	if len(held) == 0 {
		return OwnRequest{}, false
	}
	for _, s := range u.serversAt(to, call) {
		for _, h := range held {
			lock, ok := s.lockOf(u, h.Lock)
			if !ok {
				continue
			}
			if taken := s.unit.handlerTakes(s.handler, to, lock, h.Read, 0); taken != nil {
				return OwnRequest{call, h.Lock, h.By[0], s.start, taken}, true
			}
		}
	}
	return OwnRequest{}, false
}

// requested returns the URL to which a call makes a request and waits for the answer,
// however long that takes; nil if it does not.
func (u *unit) requested(call *ast.CallExpr) ast.Expr {
	fn := u.pkg.callee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "net/http" || len(call.Args) == 0 {
		return nil
	}
	method := fn.Signature().Recv() != nil
	if method {
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || !strings.HasPrefix(fn.FullName(), "(*net/http.Client).") || !u.patient(sel.X) {
			return nil
		}
	}
	switch fn.Name() {
	case "Get", "Head", "Post", "PostForm":
		return call.Args[0]
	case "Do":
		if method {
			return u.requestedBy(call.Args[0])
		}
	}
	return nil
}

// requestedBy returns the URL of a request that a function has made, with a context
// that never ends.
func (u *unit) requestedBy(request ast.Expr) ast.Expr {
	made, ok := ast.Unparen(orBlank(u.onlyValue(request))).(*ast.CallExpr)
	if !ok {
		return nil
	}
	switch {
	case u.pkg.calls(made, "net/http", "NewRequest") && len(made.Args) == 3:
		return made.Args[1]
	case u.pkg.calls(made, "net/http", "NewRequestWithContext") && len(made.Args) == 4:
		ctx, ok := ast.Unparen(made.Args[0]).(*ast.CallExpr)
		if ok && (u.pkg.calls(ctx, "context", "Background") || u.pkg.calls(ctx, "context", "TODO")) {
			return made.Args[2]
		}
	}
	return nil
}

// onlyValue returns the value of a local variable that has one, be it the first of a
// call's results; else the expression itself.
func (u *unit) onlyValue(e ast.Expr) ast.Expr {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return e
	}
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	info := u.vars[v]
	if !ok || !info.constant() {
		return e
	}
	if info.init != nil {
		return info.init
	}
	var source ast.Expr
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && len(set.Rhs) == 1 && len(set.Lhs) > 1 {
			if first, ok := set.Lhs[0].(*ast.Ident); ok && u.pkg.ObjectOf(first) == v {
				source = set.Rhs[0]
			}
		}
		return source == nil
	})
	return source
}

// patient reports whether a client is one that waits without a limit: another transport may
// have one of its own, or make no request at all.
func (u *unit) patient(client ast.Expr) bool {
	if u.setsFieldOf(client) {
		return false
	}
	switch e := ast.Unparen(orBlank(u.onlyValue(client))).(type) {
	case *ast.SelectorExpr:
		v, ok := u.pkg.Use(e.Sel).(*types.Var)
		return ok && v.Pkg() != nil && v.Pkg().Path() == "net/http" && v.Name() == "DefaultClient"
	case *ast.CallExpr:
		fn := u.pkg.callee(e)
		return fn != nil && fn.FullName() == "(*net/http/httptest.Server).Client"
	case *ast.UnaryExpr:
		return e.Op == token.AND && u.patient(e.X)
	case *ast.CompositeLit:
		return u.pkg.fieldValue(e, "Timeout") == nil && u.pkg.fieldValue(e, "Transport") == nil
	}
	return false
}

// setsFieldOf reports whether a function sets a field of a variable: client.Timeout = limit.
func (u *unit) setsFieldOf(e ast.Expr) (sets bool) {
	v := u.pkg.variable(e)
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && v != nil {
			for _, target := range set.Lhs {
				sel, ok := ast.Unparen(target).(*ast.SelectorExpr)
				sets = sets || ok && u.pkg.variable(sel.X) == v
			}
		}
		return !sets
	})
	return sets
}

// fieldValue returns what a struct literal gives to a field, nil if nothing.
func (p *Package) fieldValue(lit ast.Expr, name string) ast.Expr {
	for _, elt := range structElements(p, lit) {
		if field, value, ok := fieldElement(elt); ok && field == name {
			return value
		}
	}
	return nil
}

// An address is where a request goes.
type address struct {
	server ast.Expr // the *httptest.Server, or what a server listens at
	path   string   // behind that
	known  bool     // the path is all of it
}

// addressOf takes a URL apart: srv.URL + "/list", fmt.Sprintf("%s/list", srv.URL),
// "http://" + s.addr.
func (u *unit) addressOf(url ast.Expr, depth int) address {
	if depth > maxSources {
		return address{}
	}
	switch e := ast.Unparen(orBlank(u.onlyValue(url))).(type) {
	case *ast.SelectorExpr:
		if e.Sel.Name == "URL" && isTestServer(u.pkg.typeOf(e.X)) {
			return address{e.X, "", true}
		}
	case *ast.BinaryExpr:
		if text, ok := u.pkg.text(e.X); ok && e.Op == token.ADD && text == "http://" {
			return address{e.Y, "", true}
		}
		to := u.addressOf(e.X, depth+1)
		rest, ok := u.pkg.text(e.Y)
		return address{to.server, to.path + rest, to.known && ok || strings.Contains(to.path, "?")}
	case *ast.CallExpr:
		if u.pkg.calls(e, "fmt", "Sprintf") && len(e.Args) > 1 {
			return u.formatted(e, depth)
		}
	}
	return address{}
}

func (u *unit) formatted(call *ast.CallExpr, depth int) address {
	format, ok := u.pkg.text(call.Args[0])
	if rest, found := strings.CutPrefix(format, "http://%s"); ok && found {
		return address{call.Args[1], rest, plainPath(rest)}
	}
	if rest, found := strings.CutPrefix(format, "%s"); ok && found {
		to := u.addressOf(call.Args[1], depth+1)
		return address{to.server, to.path + rest, to.known && plainPath(rest)}
	}
	return address{}
}

// plainPath reports whether nothing is put into a format in front of the query.
func plainPath(format string) bool {
	path, _, _ := strings.Cut(format, "?")
	return !strings.Contains(path, "%")
}

// text returns the value of a constant string.
func (p *Package) text(e ast.Expr) (string, bool) {
	value := p.Info.Types[e].Value
	if value == nil || value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(value), true
}

func isTestServer(t types.Type) bool {
	return TypeIs(deref(t), "net/http/httptest.Server")
}
