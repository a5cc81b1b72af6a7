package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// sameLock refuses a region in which, in whatever block, the object of the lock
// changes: the unlock would be of another one.
//
//	s.mu.Lock()
//	s.n++
//	if c {
//		s = other
//	}
//	s.mu.Unlock() // of other
func (g *guarding) sameLock() error {
	if err := g.visible(); err != nil {
		return err
	}
	if g.owner == nil {
		return nil
	}
	for i := g.from; i <= g.to; i++ {
		if n := g.changes(g.list[i]); n != nil {
			return fmt.Errorf("line %d changes which lock it is", g.line(n))
		}
		if n := g.asksForNil(g.list[i]); n != nil {
			return fmt.Errorf("line %d asks whether %s is nil: the lock in it would be taken before", g.line(n), edit.ExprText(n.X))
		}
	}
	return nil
}

// visible refuses where the name of the lock, or of what it is a field of, means something else
// at the ends of the region.
//
//	mu := w.mu // hides the package's
//	level++
func (g *guarding) visible() error {
	root, ok := g.lock.Root.(*types.Var)
	if !ok || g.fresh != nil && !g.kept && g.owner == nil {
		return nil // a new name
	}
	for _, at := range []token.Pos{g.list[g.from].Pos(), g.list[g.to].End()} {
		scope := g.pkg.Types.Scope().Innermost(at)
		if scope == nil {
			return errors.New("internal: no scope around the accesses")
		}
		if _, seen := scope.LookupParent(root.Name(), at); seen != types.Object(root) {
			return fmt.Errorf("%s means something else at line %d", root.Name(), g.pkg.Fset.Position(at).Line)
		}
	}
	return nil
}

// asksForNil returns a comparison with nil of what leads to the lock.
//
//	return s != nil && s.ready // s.mu.Lock() before it would panic
func (g *guarding) asksForNil(st ast.Stmt) (found *ast.BinaryExpr) {
	ast.Inspect(st, func(n ast.Node) bool {
		test, ok := n.(*ast.BinaryExpr)
		if ok && (test.Op == token.EQL || test.Op == token.NEQ) && g.pkg.IsNil(test.Y) && g.leadsToLock(test.X) {
			found = test
		}
		return found == nil
	})
	return found
}

// writesThrough reports whether what an expression leads to is written: a read lock is for
// readers.
//
//	s.sessions[id].hits++
func (g *guarding) writesThrough(e ast.Expr) bool {
	child := ast.Node(e)
	for _, n := range slices.Backward(g.s.PathTo(e)) {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if g.pkg.Info.Selections[n] != nil && g.pkg.Info.Selections[n].Kind() != types.FieldVal {
				return false
			}
		case *ast.ParenExpr, *ast.StarExpr:
		case *ast.IndexExpr:
			if n.X != child {
				return false
			}
		case *ast.IncDecStmt:
			return true
		case *ast.AssignStmt:
			return slices.ContainsFunc(n.Lhs, func(lhs ast.Expr) bool { return lhs == child })
		default:
			return false
		}
		child = n
	}
	return false
}

// changes returns what may give another value to a name by which the lock is found:
// an assignment, or, where that is a field, a call of this package.
func (g *guarding) changes(n ast.Node) (found ast.Node) {
	_, plain := g.owner.(*ast.Ident)
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if g.leadsToLock(lhs) {
					found = n
				}
			}
		case *ast.RangeStmt:
			if g.leadsToLock(n.Key) || g.leadsToLock(n.Value) {
				found = n
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && g.leadsToLock(n.X) {
				found = n
			}
		case *ast.CallExpr:
			if !plain && !g.pkg.Pure(n) && !g.isBuiltin(n) {
				found = n
			}
		}
		return found == nil
	})
	return found
}

func (g *guarding) isBuiltin(c *ast.CallExpr) bool {
	_, ok := g.pkg.Callee(c).(*types.Builtin)
	return ok
}

// leadsToLock reports whether an expression is the owner of the lock, or a prefix of
// the path to it.
func (g *guarding) leadsToLock(e ast.Expr) bool {
	if e == nil {
		return false
	}
	text := edit.Spelling(e)
	owner := edit.Spelling(g.owner)
	return text == owner || strings.HasPrefix(owner, text+".")
}

// readLate says why a statement may read a value behind something else that it does,
// or "": what it calls may write the variable, and gc reads variables late.
func (g *guarding) readLate(e ast.Expr, st ast.Node) (because string) {
	ast.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.BlockStmt:
			return false
		case *ast.CallExpr:
			if !edit.StandsIn(e, n) && !g.pkg.Pure(n) && !g.pkg.IsType(n.Fun) {
				because = fmt.Sprintf("line %d may read the variable behind the call of %s", g.line(n), edit.ExprText(n.Fun))
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !edit.StandsIn(e, n) {
				because = fmt.Sprintf("line %d may read the variable behind the receive", g.line(n))
			}
		}
		return because == ""
	})
	return because
}
