package memory

import (
	"go/ast"
	"slices"
)

// gives reports whether a declaration gives the variable a value whatever happens, itself or by a
// call, as a constructor does with its own steps. A loop counts: it makes each of the elements.
//
//	s := &Stats{}
//	if reset {
//		s.Reset() // makes the map; who does not ask for it has none
//	}
func (m mayBeNil) gives(decl ast.Decl) bool {
	if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
		return m.givesIn(fn.Body)
	}
	return m.given(decl)
}

func (m mayBeNil) givesIn(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return slices.ContainsFunc(n.List, func(st ast.Stmt) bool { return m.givesIn(st) })
	case *ast.IfStmt:
		return m.givesInBranch(n)
	case *ast.SwitchStmt:
		return m.givesInAll(n.Body)
	case *ast.TypeSwitchStmt:
		return m.givesInAll(n.Body)
	case *ast.SelectStmt:
		return m.givesInAll(n.Body)
	}
	return m.given(n) || m.givenByCall(n)
}

func (m mayBeNil) givesInBranch(n *ast.IfStmt) bool {
	switch {
	case n.Init != nil && m.givesIn(n.Init), m.givenByCall(n.Cond):
		return true
	case n.Else == nil:
		return m.isAsked(n.Cond) && m.givesIn(n.Body)
	}
	return m.givesIn(n.Body) && m.givesIn(n.Else)
}

// isAsked reports whether a condition names the variable: if s.m == nil { s.m = … }.
func (m mayBeNil) isAsked(cond ast.Expr) (found bool) {
	ast.Inspect(cond, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found = found || sameVar(m.pkg.Use(id), m.v)
		}
		return !found
	})
	return found
}

// givesInAll reports whether each clause gives the variable a value, and one is taken.
func (m mayBeNil) givesInAll(body *ast.BlockStmt) bool {
	some := false
	for _, clause := range body.List {
		stmts, last := []ast.Stmt(nil), true
		switch c := clause.(type) {
		case *ast.CaseClause:
			stmts, last = c.Body, c.List == nil
		case *ast.CommClause:
			stmts = c.Body
		}
		if !m.givesIn(&ast.BlockStmt{List: stmts}) {
			return false
		}
		some = some || last
	}
	return some
}
