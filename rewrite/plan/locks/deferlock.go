package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// DeferLock turns a deferred Lock into the unlock that was meant:
//
//	s.mu.Lock()                  s.mu.Lock()
//	defer s.mu.Lock()    →       defer s.mu.Unlock()
//
// The mode is that of the lock that is held. The function could not return
// before: at its end it waited for the lock that it held itself (of two read
// locks: it returned with both). So no behaviour is lost that anybody could rely
// on, provided that nothing else releases the lock: then the deferred Lock may
// take it back on purpose, for a caller that expects it, and this refuses.
func DeferLock(s *edit.Site) error {
	d, ok := deferred(s)
	if !ok {
		return errors.New("internal: the match names no deferred call")
	}
	method, ok := ast.Unparen(d.Call.Fun).(*ast.SelectorExpr)
	if !ok {
		return errors.New("the deferred call is not a plain call of a lock's method")
	}
	h, err := heldAt(s, d, method.X)
	if err != nil {
		return err
	}
	if call := unreleased(s.Match.Pkg, h.Func, h.Lock); call != nil {
		return fmt.Errorf("nothing releases what line %d locks: that may be meant", h.line(call))
	}
	if err := errors.Join(h.handsOut(), h.steady(d.Pos())); err != nil {
		return err
	}
	selector, ok := s.Expr(method).(*dst.SelectorExpr)
	if !ok {
		return errors.New("internal: the selector has no twin")
	}
	selector.Sel.Name = h.name
	return nil
}

// handsOut refuses where the function gives the unlock to others, who are to release what it takes.
//
//	return s.mu.RUnlock
func (h *holding) handsOut() (err error) {
	h.pkg.Inspect(h.Func, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if ok && err == nil && strings.HasSuffix(sel.Sel.Name, "Unlock") && edit.Spelling(sel.X) == h.text() {
			err = fmt.Errorf("line %d has an unlock of the lock for others: the deferred call may take it for them", h.line(sel))
		}
		return err == nil
	})
	return err
}

// deferred returns the defer statement of a match.
func deferred(s *edit.Site) (*ast.DeferStmt, bool) {
	for n := range namedNodes(s) {
		switch n := n.(type) {
		case *ast.DeferStmt:
			return n, true
		case *ast.CallExpr:
			path := s.PathTo(n)
			if d, ok := path[len(path)-1].(*ast.DeferStmt); ok {
				return d, true
			}
		}
	}
	return nil, false
}

// heldAt returns the one acquisition, spelled like the deferred call, that is
// held where it is deferred and that nothing releases.
func heldAt(s *edit.Site, d *ast.DeferStmt, mu ast.Expr) (*holding, error) {
	var held []*holding
	for _, acq := range acquisitionsIn(s) {
		if acq.Call == d.Call || acq.Op != facts.Acquire {
			continue
		}
		h, err := newHolding(s, acq)
		if err != nil || h.text() != edit.Spelling(mu) || acq.Call.Pos() > d.Pos() || !h.own(d) {
			continue
		}
		held = append(held, h)
	}
	if len(held) != 1 {
		return nil, fmt.Errorf("%s is locked at %d places before the defer at line %d: it is not clear what it should release",
			edit.ExprText(mu), len(held), s.Match.Pkg.Fset.Position(d.Pos()).Line)
	}
	h := held[0]
	if len(h.Releases) > 0 {
		return nil, fmt.Errorf("line %d releases the lock: the deferred %s may take it back on purpose", h.line(h.Releases[0]), edit.ExprText(d.Call.Fun))
	}
	if _, all := h.pkg.Flow(h.Func).Precedes(h.Call, d); !all {
		return nil, fmt.Errorf("the lock is not held on every way to the defer at line %d", h.line(d))
	}
	return h, nil
}
