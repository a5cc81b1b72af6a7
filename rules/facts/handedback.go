package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// handedBack reports whether a call may release what another function of the package has taken and
// left held: this one releases its own before, and waits in between.
//
//	func (q *queue) give() { q.mu.Lock(); q.n++; q.ready <- q.n }
//	func (q *queue) take() int { …; q.mu.Unlock(); n := <-q.ready; q.mu.Unlock(); return n }
func (p *Package) handedBack(fn ast.Node, call *ast.CallExpr, lock Lock) (handed bool) {
	class := p.lockVar(lock)
	if class == nil || !p.waitsBetween(fn, call, class) {
		return false
	}
	p.eachBody(func(decl *ast.FuncDecl) {
		if decl.Pos() <= call.Pos() && call.End() <= decl.End() {
			return
		}
		takes, released := p.takenIn(decl, class)
		handed = handed || takes > 0 && released == nil
	})
	return handed
}

// waitsBetween reports whether a function waits for others between a release of a lock and a call.
func (p *Package) waitsBetween(fn ast.Node, call *ast.CallExpr, class *types.Var) (waits bool) {
	first := token.NoPos
	p.Inspect(fn, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && first == token.NoPos && (sel.Sel.Name == "Unlock" || sel.Sel.Name == "RUnlock") && p.isVariable(sel.X, class) {
			first = sel.End()
		}
		st, ok := n.(ast.Stmt)
		if _, block := n.(*ast.BlockStmt); block || !ok || first == token.NoPos || st.Pos() < first || st.Pos() >= call.Pos() {
			return true
		}
		waits = waits || p.waitsForOthers(st)
		return !waits
	})
	return waits
}
