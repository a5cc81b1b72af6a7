package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// LockForUnlock turns a second Lock into the unlock that was meant:
//
//	s.mu.Lock()              s.mu.Lock()
//	s.n++             →      s.n++
//	s.mu.Lock()              s.mu.Unlock()
//
// The function releases the lock nowhere, so the second call is the one that
// should. It could not get past that call, so no behaviour is lost that anybody
// could rely on. It refuses where the function has a release of the lock, and
// where more than a return stands behind the call: it is not clear then what
// should run with the lock held. So does a lock that somebody else releases; see
// facts.HandedOver.
func LockForUnlock(s *edit.Site) error {
	x, err := innerOf(s)
	if err != nil {
		return err
	}
	h := x.outer
	if len(h.Releases) > 0 || x.releasedAnywhere() {
		return errors.New("the function releases the lock elsewhere: the second Lock may have an unlock of its own")
	}
	if at := h.pkg.HandedOver(h.Lock); at != nil {
		return fmt.Errorf("line %d releases the lock, which its function has not taken: the second Lock may be meant to wait for that", h.line(at))
	}
	if !h.own(x.stmt) {
		return errors.New("the second Lock stands in another function")
	}
	if rest := h.behind(x.stmt); rest != nil {
		return fmt.Errorf("behind the second Lock the function goes on, at line %d", h.line(rest))
	}
	if x.nothingBetween() {
		return errors.New("nothing stands between the two Locks: the function is meant to wait, as it seems")
	}
	if err := h.steady(x.stmt.Pos()); err != nil {
		return err
	}
	selector, ok := s.Expr(x.sel).(*dst.SelectorExpr)
	if !ok {
		return errors.New("internal: the selector has no twin")
	}
	selector.Sel.Name = h.name
	return nil
}

// releasedAnywhere reports whether the declaration releases the lock by its text.
func (x *inner) releasedAnywhere() bool {
	found := false
	ast.Inspect(x.s.Match.Decl, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			found = found || x.calls(call, "Unlock") || x.calls(call, "RUnlock")
		}
		return !found
	})
	return found
}

// nothingBetween reports whether the second Lock stands right behind the first.
func (x *inner) nothingBetween() bool {
	list, _ := x.s.ListAround(x.stmt)
	i := slices.Index(list, ast.Stmt(x.stmt))
	return i > 0 && edit.StandsIn(x.outer.Call, list[i-1])
}
