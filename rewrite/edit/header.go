package edit

import "github.com/dave/dst"

// guardHeader parenthesises the composite literals in the header of a statement
// that the parser would take for its body:
//
//	if v == (T{}) {
func guardHeader(n dst.Node) {
	switch n := n.(type) {
	case *dst.IfStmt:
		guardStmt(n.Init)
		n.Cond = guarded(n.Cond)
	case *dst.ForStmt:
		guardStmt(n.Init)
		n.Cond = guarded(n.Cond)
		guardStmt(n.Post)
	case *dst.RangeStmt:
		n.X = guarded(n.X)
	case *dst.SwitchStmt:
		guardStmt(n.Init)
		n.Tag = guarded(n.Tag)
	case *dst.TypeSwitchStmt:
		guardStmt(n.Init)
		guardStmt(n.Assign)
	}
}

// guardStmt guards the expressions of a simple statement in a header.
func guardStmt(st dst.Stmt) {
	switch st := st.(type) {
	case *dst.AssignStmt:
		for i, x := range st.Lhs {
			st.Lhs[i] = guarded(x)
		}
		for i, x := range st.Rhs {
			st.Rhs[i] = guarded(x)
		}
	case *dst.ExprStmt:
		st.X = guarded(st.X)
	case *dst.SendStmt:
		st.Chan, st.Value = guarded(st.Chan), guarded(st.Value)
	case *dst.IncDecStmt:
		st.X = guarded(st.X)
	}
}

// guarded returns x, in parentheses where it opens a brace.
func guarded(x dst.Expr) dst.Expr {
	if x == nil || !opensBrace(x) {
		return x
	}
	return &dst.ParenExpr{X: x}
}

// opensBrace reports whether x holds a composite literal of a named type that
// no bracket encloses.
func opensBrace(x dst.Expr) bool {
	found := false
	dst.Inspect(x, func(n dst.Node) bool {
		switch n := n.(type) {
		case *dst.CompositeLit:
			found = found || isTypeName(n.Type)
			return false
		case *dst.CallExpr:
			found = found || opensBrace(n.Fun)
			return false
		case *dst.IndexExpr:
			found = found || opensBrace(n.X)
			return false
		case *dst.IndexListExpr:
			found = found || opensBrace(n.X)
			return false
		case *dst.SliceExpr:
			found = found || opensBrace(n.X)
			return false
		case *dst.TypeAssertExpr:
			found = found || opensBrace(n.X)
			return false
		case *dst.ParenExpr, *dst.FuncLit:
			return false
		}
		return !found
	})
	return found
}

// isTypeName reports whether a type is written as a name, maybe qualified or
// instantiated: only those are taken for a condition.
func isTypeName(t dst.Expr) bool {
	switch t.(type) {
	case *dst.Ident, *dst.SelectorExpr, *dst.IndexExpr, *dst.IndexListExpr:
		return true
	}
	return false
}
