package facts

import (
	"go/ast"
	"go/types"
	"slices"
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
	fn, ok := u.pkg.Def(decl.Name).(*types.Func)
	return ok && !u.pkg.atWork(class) && !u.pkg.startsWriter(u.pkg.graph().nodes[fn], class, map[*callNode]bool{})
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

// startsWriter reports whether a function, or one that it names, starts a goroutine that
// takes a lock of a class to write, or hands on a function that does.
func (p *Package) startsWriter(n *callNode, class string, seen map[*callNode]bool) (starts bool) {
	if n == nil || seen[n] {
		return false
	}
	seen[n] = true
	called := map[*ast.Ident]bool{}
	p.Inspect(n.decl.Body, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.GoStmt:
			starts = starts || p.writes(m.Call, class)
		case *ast.CallExpr:
			name := nameCalled(m)
			called[name] = true
			starts = starts || name != nil && (name.Name == "Go" || name.Name == "AfterFunc") && p.writes(m, class)
		case *ast.Ident:
			if fn, ok := p.Use(m).(*types.Func); ok {
				starts = starts || !called[m] && p.takesToWrite(fn, class) || p.startsWriter(p.graph().nodes[fn.Origin()], class, seen)
			}
		}
		return !starts
	})
	return starts
}

// nameCalled returns the name of the function or method that is called, nil if it has none.
func nameCalled(call *ast.CallExpr) *ast.Ident {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.Sel
	}
	id, _ := calledName(call)
	return id
}

// takesToWrite reports whether a function takes a lock of a class to write.
func (p *Package) takesToWrite(fn *types.Func, class string) bool {
	return slices.ContainsFunc(p.calleeTakes(fn.Origin()), func(t *takenLock) bool {
		return t.op == Acquire && !t.read && t.ref.Class == class
	})
}

// atWork reports whether what runs before the tests starts such a goroutine: an init function,
// or TestMain.
func (p *Package) atWork(class string) bool {
	for _, file := range p.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Name.Name != "init" && fn.Name.Name != "TestMain" {
				continue
			}
			obj, ok := p.Def(fn.Name).(*types.Func)
			if ok && p.startsWriter(p.graph().nodes[obj], class, map[*callNode]bool{}) {
				return true
			}
		}
	}
	return false
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
				does = does || p.takesToWrite(callee, class)
			}
		}
		return !does
	})
	return does
}
