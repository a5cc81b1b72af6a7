package locks

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// leavesSteady refuses a result that is computed behind the wait, where the deferred unlock
// still had the lock held: others may change what it reads.
//
//	defer s.mu.Unlock(); …; s.notify(); return len(s.items)
func (b *earlier) leavesSteady() (err error) {
	b.pkg.Inspect(b.Func, func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || ret.Pos() < b.stmt.End() {
			_, lit := n.(*ast.FuncLit)
			return err == nil && (!lit || n == b.Func)
		}
		for _, e := range ret.Results {
			if !b.pkg.Stable(e) {
				err = fmt.Errorf("line %d returns %s, which others may change behind the unlock", b.line(ret), edit.ExprText(e))
			}
		}
		return false
	})
	return err
}

// defersSteady refuses what is deferred behind the deferred unlock, and so runs with the lock held,
// if it uses what others may change.
//
//	defer s.mu.Unlock(); defer func() { n = s.n }(); …; s.wg.Wait()
func (b *earlier) defersSteady(unlock *ast.DeferStmt) (err error) {
	b.pkg.Inspect(b.Func, func(n ast.Node) bool {
		if _, lit := n.(*ast.FuncLit); lit && n != b.Func {
			return false
		}
		if d, ok := n.(*ast.DeferStmt); ok && d.Pos() > unlock.End() && err == nil {
			err = b.deferredRests(d)
		}
		return err == nil
	})
	return err
}

func (b *earlier) deferredRests(d *ast.DeferStmt) (err error) {
	lit, ok := ast.Unparen(d.Call.Fun).(*ast.FuncLit)
	if !ok {
		return b.restsOnLock(d.Call, 0)
	}
	b.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		switch call, isCall := e.(*ast.CallExpr); {
		case err != nil || !ok:
		case isCall:
			err = b.restsOnLock(call, 0)
		case b.needsLock(e):
			err = fmt.Errorf("what line %d defers uses %s, and runs with the lock held", b.line(d), edit.ExprText(e))
		}
		return err == nil
	})
	return err
}

// restsOnLock refuses a call of a function that uses shared memory without a lock of its own:
// it relies on the one that is held where it is called.
//
//	func (n *node) applyLocked() { for _, e := range n.log { n.handle(e) } }
func (b *earlier) restsOnLock(call *ast.CallExpr, depth int) error {
	decl := b.pkg.SoleBody(call)
	if decl == nil || depth > mostDeep {
		return nil
	}
	var err error
	b.pkg.Inspect(decl, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if err != nil || !ok {
			_, starts := n.(*ast.GoStmt)
			return err == nil && !starts
		}
		if b.ownLock(decl, e) {
			return true
		}
		if inner, ok := e.(*ast.CallExpr); ok {
			err = b.restsOnLock(inner, depth+1)
		} else if b.needsLock(e) {
			err = fmt.Errorf("%s uses %s at line %d, and relies on the lock", decl.Name.Name, edit.ExprText(e), b.line(e))
		}
		return err == nil
	})
	return err
}

const mostDeep = 2

// ownLock reports whether a function holds some lock by itself at an expression.
func (b *earlier) ownLock(decl *ast.FuncDecl, e ast.Expr) bool {
	held, ok := b.pkg.Held(decl, e)
	return ok && len(held) > 0
}

// needsLock reports whether an expression uses a field that changes in use.
func (b *earlier) needsLock(e ast.Expr) bool {
	shared := sharing.Of(b.pkg)
	a := shared.AccessAt(e)
	return a != nil && a.Var.IsField() && shared.Shared(e) && shared.Varies(a.Var)
}
