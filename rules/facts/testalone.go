package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// testsAlone reports whether a function is of a test beside which nothing runs that takes
// locks of a class to write: the test starts no goroutine, is not parallel, and no
// goroutine of the package, so far as the calls of functions tell, comes to such a lock.
//
//	func TestLogs(t *testing.T) { global.mu.RLock(); defer global.mu.RUnlock(); Info("text") }
func (u *unit) testsAlone(class string) bool {
	p := u.pkg
	decl, ok := u.root.(*ast.FuncDecl)
	if !ok || !p.inTestFile(decl.Pos()) || decl.Recv != nil || !strings.HasPrefix(decl.Name.Name, "Test") {
		return false
	}
	return !p.startsOthers(decl) && !p.goroutinesWrite(class)
}

// startsOthers reports whether a test lets others run beside it.
func (p *Package) startsOthers(decl *ast.FuncDecl) (starts bool) {
	p.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			starts = starts || ok && (sel.Sel.Name == "Parallel" || sel.Sel.Name == "Go")
		}
		return !starts
	})
	return starts
}

type goroutinesWriteKey struct{}

// goroutinesWrite reports whether a go statement of the package runs something that takes a
// lock of a class to write.
func (p *Package) goroutinesWrite(class string) bool {
	classes := p.Keep(goroutinesWriteKey{}, func() any {
		written := map[string]bool{}
		for _, file := range p.Files {
			p.Inspect(file, func(n ast.Node) bool {
				if start, ok := n.(*ast.GoStmt); ok {
					p.noteWritten(start.Call, written)
				}
				return true
			})
		}
		return written
	}).(map[string]bool)
	return classes[class]
}

// noteWritten notes the classes of the locks that calls within a node take to write.
func (p *Package) noteWritten(n ast.Node, written map[string]bool) {
	p.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			for _, taken := range p.Acquisitions(lit) {
				if !taken.Read {
					written[p.locks().of[lit].classNamed(taken.Lock)] = true
				}
			}
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if callee, ok := p.Callee(call).(*types.Func); ok {
				for _, t := range p.calleeTakes(callee) {
					if t.op == Acquire && !t.read {
						written[t.ref.Class] = true
					}
				}
			}
		}
		return true
	})
}
