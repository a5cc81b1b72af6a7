package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// HandedOver returns a release of a lock by a function of the package that does not take it, and
// that nobody calls who does: the lock is handed from one goroutine to another, and who takes it a
// second time may be meant to wait for that.
//
//	func (g *gate) wait() { g.mu.Lock(); later(g.open); g.mu.Lock() }
//	func (g *gate) open() { g.mu.Unlock() }
//
// What is named like an unlock is one half of a pair, and does not count, nor does any where another
// function takes the lock once and keeps it: that is the other half. It is nil if there is none.
func (p *Package) HandedOver(lock Lock) ast.Node {
	class := p.lockVar(lock)
	if class == nil {
		return nil
	}
	takes, released, called := map[*ast.FuncDecl]bool{}, map[*ast.FuncDecl]ast.Node{}, map[*ast.FuncDecl]bool{}
	paired := false
	p.eachBody(func(decl *ast.FuncDecl) {
		taken, release := p.takenIn(decl, class)
		takes[decl], released[decl] = taken > 0, release
		paired = paired || taken == 1 && release == nil
	})
	if paired {
		return nil
	}
	p.eachBody(func(decl *ast.FuncDecl) {
		for n := range ast.Preorder(decl.Body) {
			if call, ok := n.(*ast.CallExpr); ok && takes[decl] {
				called[p.Body(call)] = true
			}
		}
	})
	var found ast.Node
	p.eachBody(func(decl *ast.FuncDecl) {
		if found == nil && !takes[decl] && !called[decl] && !strings.Contains(strings.ToLower(decl.Name.Name), "unlock") {
			found = released[decl]
		}
	})
	return found
}

// eachBody visits the functions of the package that have one, in the order of the files.
func (p *Package) eachBody(visit func(*ast.FuncDecl)) {
	for _, file := range p.Files {
		for _, d := range file.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && decl.Body != nil {
				visit(decl)
			}
		}
	}
}

// takenIn says how often a function takes a lock, of whatever object, and where it releases it; nil
// if it does not.
func (p *Package) takenIn(decl *ast.FuncDecl, class *types.Var) (takes int, released ast.Node) {
	for n := range ast.Preorder(decl.Body) {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !p.isVariable(sel.X, class) {
			continue
		}
		switch sel.Sel.Name {
		case "Lock", "RLock", "TryLock", "TryRLock":
			takes++
		case "Unlock", "RUnlock":
			released = sel
		}
	}
	return takes, released
}

// isVariable reports whether an expression names a variable, or selects it.
func (p *Package) isVariable(e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if sel, selects := ast.Unparen(e).(*ast.SelectorExpr); selects {
		id, ok = sel.Sel, true
	}
	named, isVar := p.Use(id).(*types.Var)
	return ok && isVar && named.Origin() == v.Origin()
}
