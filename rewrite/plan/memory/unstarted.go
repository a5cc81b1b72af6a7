package memory

import (
	"fmt"
	"go/ast"
	"go/types"
)

// unstarted refuses a variable that keeps what the start of its reader returns: the reader may
// come first and find nothing, and an atomic does not make it wait. A lock around the start does.
//
//	s.timer = time.AfterFunc(d, func() { s.timer.Reset(d) })
func (u *variable) unstarted() error {
	for _, w := range u.uses {
		set, ok := w.stmt().(*ast.AssignStmt)
		if !ok || len(set.Lhs) != 1 || len(set.Rhs) != 1 || ast.Unparen(set.Lhs[0]) != w.expr || u.early(w) {
			continue
		}
		if start, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr); ok && u.startsReader(start) {
			return fmt.Errorf("%s starts what reads %s, which may find nothing there yet", u.line(start), u.name)
		}
	}
	return nil
}

// startsReader reports whether a call sets off a timer's function, or gets a literal that uses the
// variable.
func (u *variable) startsReader(start *ast.CallExpr) bool {
	if fn, ok := u.pkg.Callee(start).(*types.Func); ok && fn.FullName() == "time.AfterFunc" {
		return true
	}
	for _, x := range u.uses {
		if lit, ok := x.fn.(*ast.FuncLit); ok && start.Pos() <= lit.Pos() && lit.End() <= start.End() {
			return true
		}
	}
	return false
}
