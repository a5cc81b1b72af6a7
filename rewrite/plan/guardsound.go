package plan

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
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
		if n := g.asksForNil(g.list[i]); n != nil {
			return fmt.Errorf("line %d asks whether %s is nil: the lock in it would be taken before", g.line(n), exprText(n.X))
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
		if ok && (test.Op == token.EQL || test.Op == token.NEQ) && g.pkg.Info.Types[test.Y].IsNil() && g.leadsToLock(test.X) {
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
	for _, n := range slices.Backward(g.s.pathTo(e)) {
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

// fails says why the region may panic between Lock and Unlock by itself, or "": an index
// out of range, a map that is not there, a pointer that leads nowhere, a division by zero, a
// send on a channel that is closed meanwhile.
func (g *guarding) fails(nodes ...ast.Node) (because string) {
	checked := g.checked()
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			if _, literal := n.(*ast.FuncLit); literal || because != "" {
				return false
			}
			e, ok := n.(ast.Expr)
			if send, sends := n.(*ast.SendStmt); sends {
				e, ok = send.Chan, true
			}
			if ok && (e != n || g.failing(e, checked)) {
				because = fmt.Sprintf("%s at line %d may panic, and whoever recovers would go on with the lock held", exprText(e), g.line(e))
			}
			return because == ""
		})
	}
	return because
}

// mayFail lowers the level where what stands between Lock and Unlock may panic.
func (g *guarding) mayFail(nodes ...ast.Node) {
	if because := g.fails(nodes...); because != "" {
		g.s.Downgrade(rules.Unsafe, because)
	}
}

// failing reports whether an expression fails for some values, of which nothing in the
// function looks checked.
func (g *guarding) failing(e ast.Expr, checked map[string]bool) bool {
	info := g.pkg.Info
	switch e := e.(type) {
	case *ast.IndexExpr:
		if isMapType(info.TypeOf(e.X)) {
			return g.failsAt(e) || g.intoNowhere(e, checked)
		}
		return g.outOfRange(e) && !checked[spelling(e.X)]
	case *ast.StarExpr:
		return !info.Types[e].IsType() && !checked[spelling(e.X)] && (g.leadsNowhere(e.X) || slices.ContainsFunc(g.all, func(u sharing.Unguarded) bool { return standsIn(u.Expr, e.X) }))
	case *ast.CallExpr:
		return g.failingCall(e, checked) || g.toArray(e)
	case *ast.TypeAssertExpr:
		_, two := info.TypeOf(e).(*types.Tuple)
		return e.Type != nil && !two
	case *ast.SliceExpr:
		return (e.Low != nil || e.High != nil) && !checked[spelling(e.X)]
	case *ast.BinaryExpr:
		if e.Op == token.EQL || e.Op == token.NEQ {
			return hasInterface(info.TypeOf(e.X)) && hasInterface(info.TypeOf(e.Y)) && !g.errors(e)
		}
		t, ok := info.TypeOf(e).Underlying().(*types.Basic)
		return ok && (e.Op == token.QUO || e.Op == token.REM) && t.Info()&types.IsInteger != 0 && info.Types[e.Y].Value == nil && !checked[spelling(e.Y)]
	case *ast.SelectorExpr:
		selection := info.Selections[e]
		if selection == nil || selection.Kind() != types.FieldVal || g.owner != nil && spelling(e.X) == spelling(g.owner) {
			return false
		}
		_, pointer := info.TypeOf(e.X).Underlying().(*types.Pointer)
		return pointer && !checked[spelling(e.X)] && (g.leadsNowhere(e.X) || slices.Contains(g.behind, ast.Expr(e)) || slices.ContainsFunc(g.all, func(u sharing.Unguarded) bool { return standsIn(u.Expr, e.X) }))
	}
	return false
}

// outOfRange reports whether an index of a slice, string or array may be none of it.
func (g *guarding) outOfRange(e *ast.IndexExpr) bool {
	t := g.pkg.Info.TypeOf(e.X).Underlying()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	switch t.(type) {
	case *types.Slice, *types.Basic:
		return true
	case *types.Array:
		return g.pkg.Info.Types[e.Index].Value == nil && !g.rangesOver(e)
	}
	return false
}

// rangesOver reports whether the index is the key of a loop over what it is an index of.
func (g *guarding) rangesOver(e *ast.IndexExpr) (found bool) {
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		found = found || ok && loop.Key != nil && spelling(loop.Key) == spelling(e.Index) && spelling(loop.X) == spelling(e.X)
		return !found
	})
	return found
}

// errors reports whether two errors are compared: those that cannot be are rare.
func (g *guarding) errors(e *ast.BinaryExpr) bool {
	return types.Identical(g.pkg.Info.TypeOf(e.X), types.Universe.Lookup("error").Type()) || g.pkg.Info.Types[e.X].IsNil() || g.pkg.Info.Types[e.Y].IsNil()
}

// failingCall reports whether a call is of a method by a pointer that a guarded entry or
// variable holds, which may lead nowhere.
func (g *guarding) failingCall(c *ast.CallExpr, checked map[string]bool) bool {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || g.pkg.Info.Selections[sel] == nil || checked[spelling(sel.X)] || !slices.ContainsFunc(g.all, func(u sharing.Unguarded) bool { return standsIn(u.Expr, sel.X) }) {
		return false
	}
	switch g.pkg.Info.TypeOf(sel.X).Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// checked returns the expressions, as they are spelled, that the function compares with
// something, measures or ranges over.
func (g *guarding) checked() map[string]bool {
	all := map[string]bool{}
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op != token.QUO && n.Op != token.REM {
				all[spelling(n.X)], all[spelling(n.Y)] = true, true
			}
		case *ast.RangeStmt:
			all[spelling(n.X)] = true
		case *ast.CallExpr:
			if g.isBuiltin(n) && len(n.Args) == 1 {
				all[spelling(n.Args[0])] = true
			}
		}
		return true
	})
	return all
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
