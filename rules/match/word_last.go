package match

import "go/ast"

// isLast reports whether a call is a statement of its own, behind which its
// block or clause ends, or returns.
func isLast(q *query, n ast.Node, _ found) (last bool) {
	for _, file := range q.pkg.Files {
		if n.Pos() < file.FileStart || file.FileEnd <= n.Pos() {
			continue
		}
		q.pkg.Inspect(file, func(m ast.Node) bool {
			if last || n.Pos() < m.Pos() || m.End() < n.End() {
				return false
			}
			last = endsWith(m, n)
			return true
		})
	}
	return last
}

// endsWith reports whether the statements of a block or clause end with a call,
// or with one and a return.
func endsWith(m, call ast.Node) bool {
	var list []ast.Stmt
	switch m := m.(type) {
	case *ast.BlockStmt:
		list = m.List
	case *ast.CaseClause:
		list = m.Body
	case *ast.CommClause:
		list = m.Body
	}
	if n := len(list); n > 1 {
		if _, returns := list[n-1].(*ast.ReturnStmt); returns {
			list = list[:n-1]
		}
	}
	if len(list) == 0 {
		return false
	}
	st, ok := list[len(list)-1].(*ast.ExprStmt)
	return ok && (st.X == call || ast.Node(st) == call)
}
