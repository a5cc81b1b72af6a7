package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// onlyWhereNil reports whether a method takes a lock only where a field of its receiver is
// nil, through which the function that calls it goes as well: there it is set.
//
//	func (u *UI) update() { u.mu.Lock(); …; u.window.Size(); u.monitor() … }
//	func (u *UI) monitor() *Monitor { if u.window == nil { return u.first() }; … } // first takes u.mu
func (u *unit) onlyWhereNil(call *ast.CallExpr, callee *types.Func, taking *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	decl := u.pkg.declOf(callee.Origin())
	if !ok || taking == nil || decl == nil || decl.Body == nil || decl.Recv == nil {
		return false
	}
	field := u.pkg.nilAround(decl, taking)
	if field == nil {
		return false
	}
	owner, found := types.ExprString(sel.X), false
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		through, ok := n.(*ast.SelectorExpr)
		if ok {
			at, isSel := ast.Unparen(through.X).(*ast.SelectorExpr)
			found = found || isSel && u.pkg.Use(at.Sel) == field && types.ExprString(at.X) == owner
		}
		return !found
	})
	return found
}

// nilAround returns the field of the receiver that is nil where a method comes to a call.
func (p *Package) nilAround(decl *ast.FuncDecl, call *ast.CallExpr) (field *types.Var) {
	p.Inspect(decl.Body, func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || call.Pos() < test.Body.Pos() || test.Body.End() < call.End() {
			return true
		}
		cond, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
		if !ok || cond.Op != token.EQL || !p.IsNil(cond.Y) {
			return true
		}
		if sel, ok := ast.Unparen(cond.X).(*ast.SelectorExpr); ok && p.isReceiver(decl, sel.X) {
			if v, ok := p.Use(sel.Sel).(*types.Var); ok && v.IsField() {
				field = v
			}
		}
		return true
	})
	return field
}

// isReceiver reports whether an expression names the receiver of a method.
func (p *Package) isReceiver(decl *ast.FuncDecl, e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	names := decl.Recv.List[0].Names
	return ok && len(names) == 1 && p.Use(id) != nil && p.Use(id) == p.Def(names[0])
}
