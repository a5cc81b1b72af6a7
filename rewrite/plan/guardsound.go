package plan

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules"
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
	if g.owner == nil {
		return nil
	}
	for i := g.from; i <= g.to; i++ {
		if n := g.changes(g.list[i]); n != nil {
			return fmt.Errorf("line %d changes which lock it is", g.line(n))
		}
	}
	return nil
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
	text := spelling(e)
	owner := spelling(g.owner)
	return text == owner || strings.HasPrefix(owner, text+".")
}

// panics lowers the level where a function that the region calls may panic: a caller
// that recovers would go on with the lock held.
func (g *guarding) panics() {
	for i := g.from; i <= g.to; i++ {
		ast.Inspect(g.list[i], func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && g.panicsIn(c, 3) {
				g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s may panic, and whoever recovers would go on with the lock held", exprText(c.Fun)))
			}
			return true
		})
	}
}

// panicsIn reports whether a call is of panic, or of a function of this package that
// calls it, through so many calls.
func (g *guarding) panicsIn(c *ast.CallExpr, depth int) bool {
	if b, ok := g.pkg.Callee(c).(*types.Builtin); ok {
		return b.Name() == "panic"
	}
	decl := g.pkg.Body(c)
	if decl == nil || depth == 0 {
		return false
	}
	found := false
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && g.panicsIn(call, depth-1)
		return !found
	})
	return found
}

// heldElsewhere lowers the level where other packages can hold the lock while they
// call the function: it is exported, and so is the function.
func (g *guarding) heldElsewhere() {
	decl, ok := g.u.Func.(*ast.FuncDecl)
	lock := g.u.Guard.Lock
	if ok && lock.Exported() && decl.Name.IsExported() && lock.Pkg() != nil && lock.Pkg().Name() != "main" {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can hold %s when they call %s", g.text, decl.Name.Name))
	}
}

// readLate says why a statement may read a value behind something else that it does,
// or "": what it calls may write the variable, and gc reads variables late.
func (g *guarding) readLate(e ast.Expr, st ast.Node) (because string) {
	ast.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.BlockStmt:
			return false
		case *ast.CallExpr:
			if !standsIn(e, n) && !g.pkg.Pure(n) && !g.pkg.Info.Types[n.Fun].IsType() {
				because = fmt.Sprintf("line %d may read the variable behind the call of %s", g.line(n), exprText(n.Fun))
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !standsIn(e, n) {
				because = fmt.Sprintf("line %d may read the variable behind the receive", g.line(n))
			}
		}
		return because == ""
	})
	return because
}
