package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// talks reports whether a goroutine of a test calls the code under test, or
// another module: what it does there may be what the test waits for. One that the
// code under test has started itself, and that does it again and again, is never
// over when the test has seen what it waited for. Nor is what the goroutine writes as its last
// word, when all that it does there is done:
//
//	go func() { err = c.Consume(ctx) }()
func (f *Facts) talks(goroutine *function, a *Access) bool {
	if goroutine == nil || goroutine.elsewhere && !goroutine.test && f.inEndlessLoop(a.itself().fn, a.Expr) {
		return false
	}
	if f.isLastWord(goroutine, a) && !f.inBubble(a) {
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
