package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// testsAlone reports whether the unit is a test beside which nothing runs that takes locks
// of a class to write: the test is not parallel, and no goroutine that it starts, itself or
// by what it calls, comes to such a lock, so far as the calls of functions tell.
//
//	func TestLogs(t *testing.T) { global.mu.RLock(); defer global.mu.RUnlock(); Info("text") }
func (u *unit) testsAlone(class string) bool {
	decl, ok := u.root.(*ast.FuncDecl)
	if !ok || decl.Recv != nil || !u.pkg.inTestFile(decl.Pos()) || !strings.HasPrefix(decl.Name.Name, "Test") || u.pkg.parallel(decl) {
		return false
	}
	fn, ok := u.pkg.Info.Defs[decl.Name].(*types.Func)
	return ok && !u.pkg.startsWriter(u.pkg.graph().nodes[fn], class, map[*callNode]bool{})
}

// parallel reports whether a test lets others run beside it.
func (p *Package) parallel(decl *ast.FuncDecl) (found bool) {
	p.Inspect(decl.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok {
			sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			found = found || isSel && (sel.Sel.Name == "Parallel" || sel.Sel.Name == "Go")
		}
		return !found
	})
	return found
}

// startsWriter reports whether a function, or one that it comes to, starts a goroutine that
// takes a lock of a class to write.
func (p *Package) startsWriter(n *callNode, class string, seen map[*callNode]bool) bool {
	if n == nil || seen[n] {
		return false
	}
	seen[n] = true
	starts := false
	p.Inspect(n.decl.Body, func(m ast.Node) bool {
		if start, ok := m.(*ast.GoStmt); ok {
			starts = starts || p.writes(start.Call, class)
		}
		return !starts
	})
	for _, next := range n.names {
		starts = starts || p.startsWriter(next, class, seen)
	}
	return starts
}

// writes reports whether calls or literals within a node take a lock of a class to write.
func (p *Package) writes(n ast.Node, class string) (does bool) {
	p.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			for _, taken := range p.Acquisitions(n) {
				does = does || !taken.Read && p.locks().of[n].classNamed(taken.Lock) == class
			}
		case *ast.CallExpr:
			if callee, ok := p.Callee(n).(*types.Func); ok {
				for _, t := range p.calleeTakes(callee) {
					does = does || t.op == Acquire && !t.read && t.ref.Class == class
				}
			}
		}
		return !does
	})
	return does
}
