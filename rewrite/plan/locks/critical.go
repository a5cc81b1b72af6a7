package locks

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// ways refuses where more than a harmless return stands behind an unlock: the
// lock would be held for it.
func (h *holding) ways() error {
	flow := h.pkg.Flow(h.Func)
	for _, stmt := range inOrder(h.explicit()) {
		at, ok := flow.At(stmt.X)
		if !ok {
			continue // never reached
		}
		at.Index++
		if err := h.wayOut(at, stmt); err != nil {
			return err
		}
	}
	return nil
}

// wayOut follows the paths from behind an unlock to the end of the function.
func (h *holding) wayOut(at facts.Point, unlock ast.Stmt) error {
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{at}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, n := range p.Block.Nodes[p.Index:] {
			if err := h.onlyLeaves(n, unlock); err != nil {
				return err
			}
		}
		if !p.Block.Exit.Normal() && p.Block.Exit != facts.Inside {
			return fmt.Errorf("behind the unlock at line %d the function ends without a return", h.line(unlock))
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return nil
}

// onlyLeaves refuses a node behind an unlock that is more than a way out.
func (h *holding) onlyLeaves(n ast.Node, unlock ast.Stmt) error {
	switch n := n.(type) {
	case *ast.BranchStmt:
		return nil
	case *ast.ReturnStmt:
		for _, e := range n.Results {
			if err := h.widens(e, unlock); err != nil {
				return err
			}
		}
		return nil
	}
	if e, ok := n.(ast.Expr); ok && h.pkg.Stable(e) {
		return nil // a part of a returned && or ||
	}
	return fmt.Errorf("behind the unlock at line %d the function goes on, at line %d", h.line(unlock), h.line(n))
}

// widens judges a result that is then computed with the lock held.
func (h *holding) widens(e ast.Expr, unlock ast.Stmt) error {
	if h.pkg.Stable(e) {
		return nil
	}
	what := fmt.Sprintf("%s, returned behind the unlock at line %d,", edit.ExprText(e), h.line(unlock))
	if err := h.harmless(e, what); err != nil {
		return err
	}
	h.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s is then computed with the lock held", edit.ExprText(e)))
	return nil
}

// lostWays refuses where the lock is lost in other ways than at a return or the
// end of the function: a panic, or the turn of a loop that locks again.
func (h *holding) lostWays() error {
	for _, loss := range h.Lost {
		if loss.Relock != nil {
			return fmt.Errorf("from line %d the function comes back to the Lock: a deferred unlock would come too late", h.lineOfWay(loss.At))
		}
	}
	return nil
}

// noteSection lowers the level where the section can panic: the deferred unlock
// runs then too, where the lock stayed held. After s.mu.Lock() it is known that
// s leads somewhere. What stands behind a defer that was there is no news.
func (h *holding) noteSection(lock ast.Stmt) {
	list := h.body().List
	for _, st := range list[slices.Index(list, lock)+1:] {
		if slices.ContainsFunc(h.Deferred, func(d *ast.DeferStmt) bool { return st == ast.Stmt(d) }) {
			return
		}
		if because, yes := h.pkg.CanPanic(st, h.mu); yes {
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("a panic from line %d on (it %s) then releases the lock, and left it held before", h.line(st), because))
			return
		}
	}
}
