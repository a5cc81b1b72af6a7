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
				return fmt.Errorf("the Wait at %s may sleep through a change that is made without its lock", u.line(wait))
			}
		}
	}
	return nil
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
