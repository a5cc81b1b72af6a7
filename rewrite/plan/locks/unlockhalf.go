package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// UnlockHalf lets an unlock run only where the lock is taken:
//
//	if c.shared {                if c.shared {
//		c.mu.Lock()                  c.mu.Lock()
//	}                            }
//	c.n++                  →     c.n++
//	c.mu.Unlock()                if c.shared {
//	                                 c.mu.Unlock()
//	                             }
//
// A deferred unlock moves right behind the Lock. Where the condition holds nothing
// changes: the same call runs, or is deferred, of the same lock and in the same
// order with others. Where it does not, the program ended, or another goroutine lost
// its lock. It refuses where the condition could be another by then: it calls
// something, or reads what is assigned anywhere but where its object is made.
func UnlockHalf(s *edit.Site) error {
	h, err := holdingOf(s)
	if err != nil {
		return err
	}
	test, ok := s.Bound("$if").(*ast.IfStmt)
	release, ok2 := s.Bound("$call").(*ast.CallExpr)
	if !ok || !ok2 || h.stmt() == nil {
		return errors.New("internal: the match names no lock under a condition")
	}
	path := s.PathTo(release)
	if err := errors.Join(h.ownRoot(), h.unmoved(h.Call.Pos(), release.Pos())); err != nil {
		return err
	}
	switch st := path[len(path)-1].(type) {
	case *ast.DeferStmt:
		return h.deferInside(test, st)
	case *ast.ExprStmt:
		return h.unlockUnder(test, st)
	}
	return errors.New("the unlock is not a statement of its own")
}

// deferInside moves the deferred unlock behind the Lock, if nothing is deferred in between.
func (h *holding) deferInside(test *ast.IfStmt, d *ast.DeferStmt) error {
	list, _ := h.s.ListAround(test)
	if at := slices.Index(list, ast.Stmt(test)); at < 0 || at+1 >= len(list) || list[at+1] != ast.Stmt(d) {
		return fmt.Errorf("between the Lock and the defer at line %d something happens", h.line(d))
	}
	var other ast.Node
	inspectFunc(test.Body, func(n ast.Node) {
		if _, ok := n.(*ast.DeferStmt); ok {
			other = n
		}
	})
	if other != nil {
		return fmt.Errorf("line %d defers another call: its order with the unlock would change", h.line(other))
	}
	if err := around.Respell(h.pkg, ast.Unparen(d.Call.Fun).(*ast.SelectorExpr).X, h.Call.End()); err != nil {
		return err
	}
	h.s.MoveAfter(h.s.Stmt(d), h.s.Stmt(h.stmt()))
	return nil
}

// unlockUnder puts the unlock under the condition of the Lock.
func (h *holding) unlockUnder(test *ast.IfStmt, st *ast.ExprStmt) error {
	if because := h.mayChange(test.Cond, st.Pos()); because != "" {
		return fmt.Errorf("the condition at line %d may be another at line %d: %s", h.line(test), h.line(st), because)
	}
	h.s.Wrap(h.s.Stmt(st), h.s.Stmt(st), func(body *dst.BlockStmt) dst.Stmt {
		return &dst.IfStmt{Cond: h.s.Copy(test.Cond), Body: body}
	})
	return nil
}

// mayChange says why a condition may be another later, "" if it is the same.
func (h *holding) mayChange(cond ast.Expr, later token.Pos) (because string) {
	names := h.pkg.NamesIn(h.s.Match.Decl)
	ast.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr, *ast.StarExpr, *ast.IndexExpr, *ast.TypeAssertExpr:
			because = "it does more than to compare variables"
		case *ast.Ident:
			because = h.nameChanges(n, later, names.Steady)
		case *ast.SelectorExpr:
			if f, ok := h.pkg.Use(n.Sel).(*types.Var); !ok || !f.IsField() || f.Exported() || h.everAssigned(f) {
				because = n.Sel.Name + " is assigned elsewhere, or may be"
				return false
			}
			because = h.mayChange(n.X, later)
			return false
		}
		return because == ""
	})
	return because
}

func (h *holding) nameChanges(id *ast.Ident, later token.Pos, steady func(*types.Var) bool) string {
	v, ok := h.pkg.Use(id).(*types.Var)
	if !ok {
		return "" // a constant
	}
	if v.Parent() == h.pkg.Types.Scope() || !steady(v) {
		return id.Name + " is assigned elsewhere, or may be"
	}
	if err := around.SameName(h.pkg, id, later); err != nil {
		return err.Error()
	}
	return ""
}

// everAssigned reports whether the package assigns a field, or takes its address.
func (h *holding) everAssigned(f *types.Var) (assigned bool) {
	is := func(e ast.Expr) bool {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		return ok && h.pkg.Use(sel.Sel) == types.Object(f)
	}
	for _, file := range h.pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			addr, ok := n.(*ast.UnaryExpr)
			assigned = assigned || ok && addr.Op == token.AND && is(addr.X) || slices.ContainsFunc(around.AssignedBy(n), is)
			return !assigned
		})
	}
	return assigned
}
