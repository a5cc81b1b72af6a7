package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// beforeServing reports whether one access stands in a function that registers handlers with a
// router that it has made, or is given, before that serves, and the other one is made for a request:
// the first request comes behind what is arranged.
//
//	mux := http.NewServeMux()
//	mux.HandleFunc("/port", s.showPort)
//	l, err := net.Listen("tcp", s.addr)
//	s.port = portOf(l)
//	go http.Serve(l, mux)
func (f *Facts) beforeServing(a, b *Access) bool {
	fn := a.fn.outermost()
	if a.fn != fn || fn.obj == nil || fn.test || ofOneRequest(fn.obj.Signature()) {
		return false
	}
	if fn == b.fn.outermost() && !f.inHandler(b.fn) || !f.atRequest(b.fn, deepestRequest) {
		return false
	}
	registers, serves := false, token.NoPos
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			serves = earlier(serves, n.Pos())
		case *ast.CallExpr:
			if name := calledMethod(n); servingName.MatchString(name) {
				serves = earlier(serves, n.Pos())
			}
			registers = registers || f.registersWith(fn, n)
		}
		return true
	})
	return registers && (!serves.IsValid() || a.Expr.Pos() < serves)
}

const deepestRequest = 4 // calls from what is given a request

// earlier returns the earlier one of two positions.
func earlier(pos, other token.Pos) token.Pos {
	if pos.IsValid() {
		return min(pos, other)
	}
	return other
}

// servingName is of what begins to serve.
var servingName = lazyregexp.New(`^(ListenAnd)?Serve(TLS|Conn|Listener)?$|^(Start|Run|Go)`)

// registersWith reports whether a call registers a handler with a router that is a local variable,
// or a parameter, of a function, or with the router of net/http, where the function alone serves that.
func (f *Facts) registersWith(fn *function, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !registerName.MatchString(sel.Sel.Name) || !(&walker{Facts: f}).handles(call) {
		return false
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return false
	}
	switch v := f.pkg.ObjectOf(id).(type) {
	case *types.Var:
		return (v.Kind() == types.LocalVar || v.Kind() == types.ParamVar) && within(fn.node, call)
	case *types.PkgName:
		return v.Imported().Path() == "net/http" && !f.servesDefaultOutside(fn)
	}
	return false
}

// servesDefaultOutside reports whether the package serves the router of net/http in another function
// than this one: that may have begun.
func (f *Facts) servesDefaultOutside(fn *function) bool {
	serves := false
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && len(call.Args) > 1 && servingName.MatchString(spelled(call.Fun)) && !within(fn.node, call) {
				serves = serves || f.pkg.IsNil(call.Args[len(call.Args)-1])
			}
			return !serves
		})
	}
	return serves
}

var registerName = lazyregexp.New(`^(Handle|HandleFunc|HandlerFunc|Get|Post|Put|Delete|GET|POST|PUT|DELETE|Any)$`)

// atRequest reports whether a function is given a request, or only such call it, through so many
// calls.
func (f *Facts) atRequest(fn *function, depth int) bool {
	for ; fn != nil; fn = fn.around {
		if sig := fn.signature(f.pkg.Info); sig != nil && ofOneRequest(sig) {
			return true
		}
		if fn.around != nil {
			continue
		}
		sites := f.realSites(fn)
		return depth > 0 && !fn.public && len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
			return s.in == nil || s.runs != inPlace || !f.atRequest(s.in, depth-1)
		})
	}
	return false
}
