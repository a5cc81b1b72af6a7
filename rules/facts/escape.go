package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A leak is an expression by which somebody else may come to lock or release
// one of our locks: its address, a method of it as a value.
type leak struct {
	expr ast.Expr   // leads to the lock
	to   *types.Var // the local variable that it goes to, nil if it goes elsewhere
	sel  *ast.SelectorExpr
	why  string
}

// address notes &v and &s.mu.
func (s *scanner) address(n *ast.UnaryExpr) {
	if n.Op != token.AND {
		return
	}
	if id, ok := ast.Unparen(n.X).(*ast.Ident); ok {
		if info := s.info(id); info != nil {
			info.addressed = true
		}
	}
	if t := s.pkg.TypeOf(n.X); t == nil || !isLocker(t) {
		return
	}
	switch parent := s.parent().(type) {
	case *ast.SelectorExpr: // (&mu).Lock
	case *ast.CallExpr: // the callee decides: see unknownCall
	default:
		if !s.forCond(parent) { // Wait takes what it releases
			s.leaks = append(s.leaks, leak{expr: n, to: s.given(parent, n), why: "its address is stored"})
		}
	}
}

// readLocker notes mu.RLocker() where it is neither used at once nor handed to
// sync.NewCond.
func (s *scanner) readLocker(call *ast.CallExpr) {
	if !s.pkg.isReadLocker(call) {
		return
	}
	switch parent := s.parent().(type) {
	case *ast.SelectorExpr: // mu.RLocker().Lock
	case *ast.CallExpr: // the callee decides: see unknownCall
	default:
		if !s.forCond(parent) {
			s.leaks = append(s.leaks, leak{expr: call, to: s.given(parent, call), why: "its RLocker is stored"})
		}
	}
}

// forCond reports whether a node sets the L of a sync.Cond.
func (s *scanner) forCond(n ast.Node) bool {
	var field *ast.Ident
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		field, _ = n.Key.(*ast.Ident)
	case *ast.AssignStmt:
		if sel, ok := n.Lhs[0].(*ast.SelectorExpr); ok && len(n.Lhs) == 1 {
			field = sel.Sel
		}
	}
	if field == nil {
		return false
	}
	v, ok := s.pkg.Use(field).(*types.Var)
	return ok && v.IsField() && v.Name() == "L" && v.Pkg().Path() == "sync"
}

// methodValue notes s.mu.Unlock where it is not called.
func (s *scanner) methodValue(sel *ast.SelectorExpr) {
	if m, ok := s.pkg.lockMethod(sel); !ok || m.op == TryAcquire {
		return
	}
	parent := s.parent()
	if call, ok := parent.(*ast.CallExpr); ok && ast.Unparen(call.Fun) == sel {
		if _, started := s.stack[len(s.stack)-2].(*ast.GoStmt); !started {
			return
		}
	}
	if ret, ok := parent.(*ast.ReturnStmt); ok && s.current() == s.root && slices.Contains(ret.Results, ast.Expr(sel)) {
		return // the caller's to call
	}
	s.leaks = append(s.leaks, leak{sel: sel, to: s.given(parent, sel), why: "its " + sel.Sel.Name + " is passed on"})
}

// parent is the node around the current one, parentheses left out.
func (s *scanner) parent() ast.Node {
	for i := len(s.stack) - 1; i >= 0; i-- {
		if _, ok := s.stack[i].(*ast.ParenExpr); !ok {
			return s.stack[i]
		}
	}
	return nil
}

// given returns the local variable that a statement assigns the value to.
func (s *scanner) given(stmt ast.Node, value ast.Expr) *types.Var {
	switch stmt := stmt.(type) {
	case *ast.AssignStmt:
		return s.variableGiven(stmt.Lhs, stmt.Rhs, value)
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(stmt.Names))
		for i, name := range stmt.Names {
			names[i] = name
		}
		return s.variableGiven(names, stmt.Values, value)
	}
	return nil
}

// settle gives up the lock, unless the variable that it went to is followed.
func (l leak) settle(u *unit) {
	if l.sel != nil {
		fn, ok := u.methodValue(l.sel)
		if ok && !fn.helper && (l.to == nil || u.vars[l.to].escapes) {
			u.escape(fn.lock, l.why)
		}
		return
	}
	at, ok := u.place(l.expr)
	if !ok || !isLocker(at.typ) {
		return
	}
	if l.to != nil {
		if _, ok := u.alias(l.to); ok {
			return
		}
	}
	u.escapeBoth(at, l.why)
}

// escapeBoth gives up a lock in both modes.
func (u *unit) escapeBoth(at place, why string) {
	id := u.lock(at.locked()) &^ 1
	u.escape(id, why)
	u.escape(id+1, why)
}
