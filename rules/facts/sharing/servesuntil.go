package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// servesUntil returns the calls by which a function serves until a goroutine shuts the server
// down, which is the last that this does to anything but its own variables: behind such a
// call everything is seen that the goroutine has written.
//
//	go func() {
//		<-quit
//		graceful = false
//		server.Shutdown(ctx)
//	}()
//	server.Serve(l)
func (f *Facts) servesUntil(in, goroutine *function, gives map[types.Object][]ast.Node) (serves []ast.Node) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return f.funcs[n].runs == inPlace
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if ok && strings.Contains(sel.Sel.Name, "Serve") && f.ofHTTPServer(n) && f.endsWith(goroutine, gives[f.holder(sel.X)]) {
				serves = append(serves, n)
			}
		}
		return true
	})
	return serves
}

// ofHTTPServer reports whether a call is of a method of http.Server.
func (f *Facts) ofHTTPServer(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && callee.Signature().Recv() != nil && callee.Signature().Recv().Type().String() == "*net/http.Server"
}

// endsWith reports whether a goroutine shuts a server down by one of some calls, and writes
// nothing of anybody else's there or behind it.
func (f *Facts) endsWith(goroutine *function, calls []ast.Node) bool {
	for _, n := range calls {
		call, ok := n.(*ast.CallExpr)
		if !ok || !within(goroutine.node, call) || !f.ofHTTPServer(call) {
			continue
		}
		if name := calledMethod(call); (name == "Shutdown" || name == "Close") && !f.writesOutside(goroutine, call) {
			return true
		}
	}
	return false
}

// writesOutside reports whether a literal writes variables that are not its own in a
// statement that ends behind a call.
func (f *Facts) writesOutside(lit *function, call *ast.CallExpr) (writes bool) {
	outside := func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		if !ok {
			return true
		}
		v := f.pkg.ObjectOf(id)
		return v != nil && !(lit.node.Pos() <= v.Pos() && v.Pos() < lit.node.End())
	}
	f.pkg.Inspect(lit.body(), func(n ast.Node) bool {
		if n.End() < call.End() {
			return false
		}
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				writes = writes || !isBlank(lhs) && outside(lhs)
			}
		case *ast.IncDecStmt:
			writes = writes || outside(n.X)
		}
		return !writes
	})
	return writes
}
