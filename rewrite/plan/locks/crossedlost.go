package locks

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// A crossing is a release of the lock in the other mode: it does not end what was taken, so
// that the lock counts as lost behind it.
//
//	s.mu.RLock()
//	if key == "" {
//		return 0      // lost
//	}
//	n := s.m[key]
//	s.mu.Unlock()         // crossed
//	return n              // lost, too: an unlock here would be one too many
type crossing struct {
	call *ast.CallExpr
	stmt ast.Stmt
	list []ast.Stmt // behind it
	ends bool       // its list ends in a return
}

// crossings returns the releases of the lock in the other mode.
func (h *holding) crossings() (all []*ast.CallExpr) {
	for _, bad := range h.pkg.BadReleases(h.Func) {
		if bad.Crossed && bad.Lock == h.Lock && bad.Call != h.Call {
			all = append(all, bad.Call)
		}
	}
	return all
}

// noneCrossed refuses where the lock is released in the other mode, too.
func (h *holding) noneCrossed() error {
	for _, call := range h.crossings() {
		return fmt.Errorf("line %d releases the lock in the other mode: that is to be put right first", h.line(call))
	}
	return nil
}

// putRight plans to give the releases of the other mode the mode of the lock, and takes the
// ways out that come behind them from those that lose it; those to which some ways lead past them
// lose it on the others.
func (h *holding) putRight() (edits []func(), err error) {
	for _, call := range h.crossings() {
		c, err := h.crossingOf(call)
		if err != nil {
			return nil, err
		}
		lost := h.Lost[:0:0]
		for _, loss := range h.Lost {
			switch {
			case c.leadsAlways(loss.At):
			case c.ends || !h.comesTo(c, loss):
				lost = append(lost, loss)
			default:
				loss.Must = false
				lost = append(lost, loss)
			}
		}
		h.Lost, h.righted = lost, append(h.righted, call)
		h.Releases = append(slices.Clip(h.Releases), call)
		edits = append(edits, func() { h.s.Expr(ast.Unparen(call.Fun)).(*dst.SelectorExpr).Sel.Name = h.name })
	}
	return edits, nil
}

// crossingOf finds the statement of a release in the other mode.
func (h *holding) crossingOf(call *ast.CallExpr) (c crossing, err error) {
	unclear := fmt.Errorf("line %d releases the lock in the other mode, and not by a statement of this function", h.line(call))
	path := h.s.PathTo(call)
	st, ok := path[len(path)-1].(*ast.ExprStmt)
	sel, ok2 := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !ok2 || !h.own(call) || edit.Spelling(sel.X) != h.text() {
		return c, unclear
	}
	list, ok := h.s.ListAround(st)
	if !ok {
		return c, unclear
	}
	_, leaves := list[len(list)-1].(*ast.ReturnStmt)
	return crossing{call, st, following(list, st), leaves}, nil
}

// leadsAlways reports whether all ways to a way out pass the release: it stands before it in its
// list, or in a list around it.
func (c crossing) leadsAlways(at ast.Node) bool {
	if body, ok := at.(*ast.BlockStmt); ok && slices.Contains(body.List, c.stmt) {
		return true
	}
	return slices.ContainsFunc(c.list, func(st ast.Stmt) bool { return edit.StandsIn(at, st) })
}

// comesTo reports whether some way from the release comes to a way out.
func (h *holding) comesTo(c crossing, loss facts.Loss) bool {
	if _, end := loss.At.(*ast.BlockStmt); end {
		return true
	}
	some, _ := h.pkg.Flow(h.Func).Follows(c.call, loss.At)
	return some
}
