package memory

import (
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// step returns the statement of a use that counts the variable by a value that
// does not rest on it, and builds what Add gets; nil if it does not.
func (a *atomicVar) step(w *use) (st ast.Stmt, delta func(*edit.Site) dst.Expr) {
	if a.elem == nil || a.alone(w.stmt()) != nil {
		return nil, nil
	}
	switch p := w.up(0).(type) {
	case *ast.IncDecStmt:
		return p, func(*edit.Site) dst.Expr { return a.one(p.Tok) }
	case *ast.AssignStmt:
		if p.Tok == token.ADD_ASSIGN && a.useIn(p.Rhs[0]) == nil && a.pkg.Pure(p.Rhs[0]) {
			return p, func(at *edit.Site) dst.Expr { return a.value(at, p.Rhs[0]) }
		}
	}
	return nil, nil
}

// countThenRead reads what Add returns:
//
//	s.next++                  return s.next.Add(1)
//	return s.next     →
func (a *atomicVar) countThenRead(w *use) bool {
	st, delta := a.step(w)
	if st == nil {
		return false
	}
	next := a.behind(st)
	r := a.onlyRead(next, w)
	if r == nil {
		return false
	}
	back, err := a.conversion(r)
	if err != nil {
		return false
	}
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		at.ReplaceExpr(at.Expr(r.expr), back(at, a.method(at, w, "Add", delta(at))))
		at.Delete(at.Stmt(st))
	})
	return true
}

// onlyRead returns the read in a simple statement that is the only one of its
// function that a step may be meant for; nothing that is evaluated beside it has
// an effect.
func (a *atomicVar) onlyRead(st ast.Stmt, w *use) (found *use) {
	switch st := st.(type) {
	case *ast.ReturnStmt:
	case *ast.AssignStmt:
		if st.Tok != token.DEFINE && st.Tok != token.ASSIGN {
			return nil
		}
	default:
		return nil
	}
	for _, r := range a.inFunction(w.fn) {
		if r == w || edit.Spelling(r.expr) != edit.Spelling(w.expr) {
			continue
		}
		if writes, _ := r.writes(); found != nil || writes || !edit.StandsIn(r.expr, st) {
			return nil
		}
		found = r
	}
	if found == nil || a.shortened(found, st) {
		return nil
	}
	pure := true
	ast.Inspect(st, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !edit.StandsIn(found.expr, call) {
			pure = pure && a.pkg.Pure(call)
		}
		return true
	})
	if !pure {
		return nil
	}
	return found
}

// shortened reports whether a read in a statement may not be evaluated, or after
// something else is decided.
func (a *atomicVar) shortened(r *use, st ast.Stmt) bool {
	for _, n := range r.path {
		if !edit.StandsIn(n, st) {
			continue
		}
		if b, ok := n.(*ast.BinaryExpr); ok && around.IsLogical(b) {
			return true
		}
	}
	return false
}

// readThenCount takes the old value from what Add returns:
//
//	id := s.next              id := s.next.Add(1) - 1
//	s.next++          →
func (a *atomicVar) readThenCount(w *use) bool {
	st, _ := a.step(w)
	inc, ok := st.(*ast.IncDecStmt)
	if !ok || inc.Tok != token.INC {
		return false
	}
	before, ok := a.before(st).(*ast.AssignStmt)
	if !ok || len(before.Rhs) != 1 || len(before.Lhs) != 1 || before.Tok != token.DEFINE {
		return false
	}
	r := a.onlyRead(before, w)
	if r == nil || ast.Unparen(before.Rhs[0]) != r.expr {
		return false
	}
	back, err := a.conversion(r)
	if err != nil {
		return false
	}
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		sum := &dst.BinaryExpr{X: a.method(at, w, "Add", a.one(token.INC)), Op: token.SUB, Y: &dst.BasicLit{Kind: token.INT, Value: "1"}}
		at.ReplaceExpr(at.Expr(r.expr), back(at, sum))
		at.Delete(at.Stmt(st))
	})
	return true
}
