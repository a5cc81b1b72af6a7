package around

import (
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// StatementOf returns the statement that is nothing but the call, or nil.
func StatementOf(s *edit.Site, call *ast.CallExpr) ast.Stmt {
	path := s.PathTo(call)
	if len(path) == 0 {
		return nil
	}
	st, _ := path[len(path)-1].(*ast.ExprStmt)
	if st == nil {
		return nil
	}
	return st
}

// LeavesNothing reports whether a statement cannot be taken out of its list: it stands in none, or
// is all of a block. A case may do nothing, and says by that what it waits for; an empty block reads
// like something forgotten.
func LeavesNothing(s *edit.Site, st ast.Stmt) bool {
	list, ok := s.ListAround(st)
	if !ok {
		return true
	}
	path := s.PathTo(st)
	_, block := path[len(path)-1].(*ast.BlockStmt)
	return block && len(list) == 1
}

// DeferIn returns a defer statement of a body itself.
func DeferIn(body *ast.BlockStmt) (found ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = n
		}
		return found == nil
	})
	return found
}

// InHeadOf reports whether an expression is evaluated first of all that a
// statement does, once.
func InHeadOf(e ast.Expr, st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.ReturnStmt, *ast.GoStmt, *ast.DeferStmt, *ast.SendStmt:
		return true
	case *ast.IfStmt:
		return st.Init == nil && edit.StandsIn(e, st.Cond)
	case *ast.SwitchStmt:
		return st.Init == nil && st.Tag != nil && edit.StandsIn(e, st.Tag)
	case *ast.RangeStmt:
		return edit.StandsIn(e, st.X)
	}
	return false
}

// LeavesAlways reports whether a block ends in a statement that leaves it.
func LeavesAlways(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	switch last := body.List[len(body.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.CONTINUE || last.Tok == token.BREAK
	}
	return false
}
