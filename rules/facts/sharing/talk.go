package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// talks reports whether a goroutine of a test calls the code under test, or
// another module: what it does there may be what the test waits for. One that the
// code under test has started itself, and that does it again and again, is never
// over when the test has seen what it waited for.
func (f *Facts) talks(goroutine *function, a *Access) bool {
	if goroutine == nil || goroutine.elsewhere && !goroutine.test && f.inEndlessLoop(a.itself().fn, a.Expr) {
		return false
	}
	return f.reachesOut(goroutine, map[*function]bool{})
}

// reachesOut looks for such calls in a function, and in the functions of the
// tests that it calls. A function value may be anything.
func (f *Facts) reachesOut(fn *function, seen map[*function]bool) (found bool) {
	if seen[fn] {
		return false
	}
	seen[fn] = true
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		switch callee := f.pkg.Callee(call).(type) {
		case *types.Var:
			found = true
		case *types.Func:
			decl := f.decls[callee.Origin()]
			found = !f.ofTests(callee) || transmits(callee) || decl != nil && f.reachesOut(decl, seen)
		}
		return !found
	})
	return found
}

// transmits reports whether a method of an interface may take something to the
// other end of a connection, which the test may hold.
func transmits(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		return false
	}
	return streams(fn.Name())
}

// streams reports whether a method of that name is one of io's, or of a
// listener's.
func streams(method string) bool {
	switch method {
	case "Read", "Write", "ReadFrom", "WriteTo", "Accept":
		return true
	}
	return false
}

// ofTests reports whether a function is one of the standard library, or of the
// tests themselves.
func (f *Facts) ofTests(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return true
	}
	if fn.Pkg() == f.pkg.Types {
		return strings.HasSuffix(f.pkg.Fset.Position(fn.Pos()).Filename, "_test.go")
	}
	first, _, _ := strings.Cut(fn.Pkg().Path(), "/")
	return !strings.Contains(first, ".")
}

// endsUnheard reports whether an access is the last word of a goroutine that a function tells to end
// before it comes to another strand: that it has ended, nobody says.
//
//	go func() { err = c.Consume(ctx) }()
//	cancel()
//	err = c.Cleanup()
func (f *Facts) endsUnheard(in *function, began, other strand, a *Access) bool {
	if other.at == nil || other.exit || began.at == nil || !f.isLastWord(began.start, a) || f.inBubble(a) {
		return false
	}
	told := false
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			return n == in.node
		case *ast.CallExpr:
			told = told || began.at.End() <= n.Pos() && n.End() <= other.at.Pos() && f.tellsEnd(n)
		}
		return !told
	})
	return told
}

// tellsEnd reports whether a call cancels a context, closes a channel, or stops something by name.
func (f *Facts) tellsEnd(call *ast.CallExpr) bool {
	if t := f.pkg.TypeOf(call.Fun); t != nil && strings.HasPrefix(t.String(), "context.Cancel") {
		return true
	}
	return f.isCloseCall(call) || endName.MatchString(calledMethod(call))
}
