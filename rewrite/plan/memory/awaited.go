package memory

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// unawaited refuses a variable that a loop around the Wait of a sync.Cond asks for: a change
// that is made without the lock can come between the question and the Wait, and the signal with
// it. The race would be gone, and the goroutine would sleep on.
//
//	for !q.closed { q.ready.Wait() }
//	q.closed = true; q.ready.Broadcast()
func (u *variable) unawaited() error {
	for _, x := range u.uses {
		for i := len(x.path) - 1; i >= 0; i-- {
			if _, lit := x.path[i].(*ast.FuncLit); lit {
				break
			}
			if wait := u.waitIn(x.path[i]); wait != nil {
				return u.sleeps(wait)
			}
			if decl, ok := x.path[i].(*ast.FuncDecl); ok {
				if wait := u.askedByWait(decl); wait != nil {
					return u.sleeps(wait)
				}
			}
		}
	}
	return nil
}

func (u *variable) sleeps(wait *ast.CallExpr) error {
	return fmt.Errorf("the Wait at %s may sleep through a change that is made without its lock", u.line(wait))
}

// askedByWait returns the Wait of a Cond in a loop or if whose condition calls a function:
// for !q.isClosed() { q.ready.Wait() }.
func (u *variable) askedByWait(decl *ast.FuncDecl) (wait *ast.CallExpr) {
	fn := u.pkg.Def(decl.Name)
	for _, file := range u.pkg.Files {
		u.pkg.Inspect(file, func(n ast.Node) bool {
			var cond ast.Expr
			switch n := n.(type) {
			case *ast.ForStmt:
				cond = n.Cond
			case *ast.IfStmt:
				cond = n.Cond
			}
			if cond != nil && wait == nil && u.calls(cond, fn) {
				wait = u.waitIn(n)
			}
			return wait == nil
		})
	}
	return wait
}

// calls reports whether an expression calls a function.
func (u *variable) calls(e ast.Expr, fn types.Object) (found bool) {
	u.pkg.Inspect(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && fn != nil && u.pkg.Callee(call) == fn
		return !found
	})
	return found
}

// waitIn returns the Wait of a Cond in a loop or if.
func (u *variable) waitIn(n ast.Node) (wait *ast.CallExpr) {
	switch n.(type) {
	case *ast.ForStmt, *ast.IfStmt:
	default:
		return nil
	}
	u.pkg.Inspect(n, func(m ast.Node) bool {
		if call, ok := m.(*ast.CallExpr); ok && wait == nil {
			if fn, ok := u.pkg.Callee(call).(*types.Func); ok && facts.IsFunc(fn, "(*sync.Cond).Wait") {
				wait = call
			}
		}
		return wait == nil
	})
	return wait
}
