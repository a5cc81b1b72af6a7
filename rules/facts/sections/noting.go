package sections

import (
	"go/ast"
	"go/token"
	"go/types"
)

// noting returns what a method is so that stores an element, whatever happens, and notes it in other
// fields, without a look at the map.
//
//	func (w *walk) mark(k string) {
//		w.mu.Lock()
//		defer w.mu.Unlock()
//		w.seen[k] = true
//		w.order = append(w.order, k)
//	}
func (f *Facts) noting(fn *types.Func, decl *ast.FuncDecl, read bool) *helper {
	if read || fn.Signature().Results().Len() > 0 {
		return nil
	}
	h := &helper{value: -1}
	var element *ast.IndexExpr
	for _, st := range decl.Body.List {
		switch st := st.(type) {
		case *ast.AssignStmt:
			index, ok := ast.Unparen(st.Lhs[0]).(*ast.IndexExpr)
			if ok && element == nil && f.mapOf(index.X) != nil && f.storesBy(h, fn, decl, st, index) {
				element = index
			} else if !f.notes(h, fn, decl, st) {
				return nil
			}
		case *ast.ExprStmt:
			call, ok := st.X.(*ast.CallExpr)
			if !ok || !f.harmless(call) {
				return nil
			}
		case *ast.DeferStmt:
			if !f.harmless(st.Call) {
				return nil
			}
		case *ast.IncDecStmt:
		default:
			return nil
		}
	}
	if element == nil || h.does != nothing {
		return nil
	}
	h.of, h.key = f.mapOf(element.X), f.parameter(fn, element.Index)
	if h.of == nil || h.key < 0 || !f.locked(decl, element) || f.timesNamed(decl, h.of) != 1 {
		return nil
	}
	return h
}

// notes reports whether an assignment beside a store sets a field, and no more, and sees whether it adds
// there what the function has got.
func (f *Facts) notes(h *helper, fn *types.Func, decl *ast.FuncDecl, st *ast.AssignStmt) bool {
	if len(st.Lhs) != 1 || len(st.Rhs) != 1 || f.variable(st.Lhs[0]) != nil {
		return false
	}
	calls, given := false, false
	f.pkg.Inspect(st.Rhs[0], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			calls = true
		case *ast.CallExpr:
			calls = calls || !f.harmless(n)
		case *ast.Ident:
			given = given || f.parameter(fn, n) >= 0
		}
		return true
	})
	_, element := ast.Unparen(st.Lhs[0]).(*ast.IndexExpr)
	h.lists = h.lists || !element && given && f.changes(st, st.Lhs[0]) == adds && f.locked(decl, st) && (st.Tok == token.ADD_ASSIGN || st.Tok == token.ASSIGN)
	return !calls
}

// timesNamed counts how often a function names a field, or variable.
func (f *Facts) timesNamed(decl *ast.FuncDecl, of *types.Var) (n int) {
	f.pkg.Inspect(decl.Body, func(m ast.Node) bool {
		if id, ok := m.(*ast.Ident); ok && f.pkg.Use(id) == types.Object(of) {
			n++
		}
		return true
	})
	return n
}
