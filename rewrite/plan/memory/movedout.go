package memory

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// movedOut reports whether a use hands the map or slice over, and a new one takes its place
// at once: then who has it has it alone.
//
//	old := s.pending
//	s.pending = make(map[string]int)
//
//	old, s.pending = s.pending, nil
//
// Both come under one lock: all uses of a function do.
func (u *variable) movedOut(x *use) bool {
	st, ok := x.up(0).(*ast.AssignStmt)
	if !ok || len(st.Lhs) != len(st.Rhs) {
		return false
	}
	at := slices.IndexFunc(st.Rhs, func(e ast.Expr) bool { return ast.Unparen(e) == x.expr })
	if at < 0 || !u.toLocal(st.Lhs[at]) {
		return false
	}
	if u.renewed(st, x) {
		return true
	}
	list, ok := u.s.At(st).ListAround(st)
	if !ok {
		return false
	}
	next := slices.Index(list, ast.Stmt(st)) + 1
	if next == 0 || next == len(list) {
		return false
	}
	renew, ok := list[next].(*ast.AssignStmt)
	return ok && u.renewed(renew, x)
}

// toLocal reports whether an operand is a variable of the function, which nobody else has.
func (u *variable) toLocal(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	return ok && !v.IsField() && v.Kind() != types.PackageVar
}

// renewed reports whether an assignment gives the variable of a use, as it is spelled
// there, a map or slice that is new, or none.
func (u *variable) renewed(st *ast.AssignStmt, x *use) bool {
	if st.Tok != token.ASSIGN || len(st.Lhs) != len(st.Rhs) {
		return false
	}
	for i, lhs := range st.Lhs {
		if edit.Spelling(lhs) == edit.Spelling(x.expr) {
			value := ast.Unparen(st.Rhs[i])
			_, literal := value.(*ast.CompositeLit)
			return literal || u.pkg.IsNil(value) || u.emptyMap(value) != nil
		}
	}
	return false
}
