package channels

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"time"
)

// madeJustBefore reports whether the statement before the one that calls Stop makes the timer, and
// it cannot have been received from, or have run its function, meanwhile: an idle timer that
// somebody sets off later.
//
//	c.timer = time.AfterFunc(math.MaxInt64, c.expire)
//	if !c.timer.Stop() {
//		<-c.timer.C // never
//	}
func (f *Facts) madeJustBefore(fn ast.Node, stop *ast.CallExpr, timer ast.Expr) (made bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		block, ok := n.(*ast.BlockStmt)
		if !ok {
			return !made
		}
		i := slices.IndexFunc(block.List, func(s ast.Stmt) bool { return asksStop(s, stop) })
		if i > 0 {
			made = f.makesTimer(block.List[i-1], timer)
		}
		return !made
	})
	return made
}

// asksStop reports whether a statement is an if that calls Stop, and nothing before it.
func asksStop(s ast.Stmt, stop *ast.CallExpr) bool {
	test, ok := s.(*ast.IfStmt)
	return ok && (test.Init == nil && contains(test.Cond, stop) || test.Init != nil && contains(test.Init, stop))
}

// makesTimer reports whether a statement gives an expression a new timer.
func (f *Facts) makesTimer(s ast.Stmt, timer ast.Expr) bool {
	set, ok := s.(*ast.AssignStmt)
	if !ok || len(set.Lhs) != 1 || len(set.Rhs) != 1 || !f.sameName(set.Lhs[0], timer) {
		return false
	}
	call, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
	return ok && (f.isNewTimer(call) || f.isNeverFunc(call))
}

// sameName reports whether two expressions are one variable, or one field of it.
func (f *Facts) sameName(a, b ast.Expr) bool {
	x, ok := f.timerNamed(a)
	y, found := f.timerNamed(b)
	return ok && found && x == y
}

// never is a time that no timer made with it comes to in the life of a program.
const never = 10 * 365 * 24 * time.Hour

// isNeverFunc reports whether a call is AfterFunc with a constant time that does not pass.
func (f *Facts) isNeverFunc(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.FullName() != "time.AfterFunc" || len(call.Args) != 2 {
		return false
	}
	value := f.pkg.Info.Types[call.Args[0]].Value
	if value == nil {
		return false
	}
	d, exact := constant.Int64Val(constant.ToInt(value))
	return exact && d >= int64(never)
}
