package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// DeferBehind moves a deferred unlock from before the Lock to right behind it:
//
//	defer s.mu.Unlock()
//	if key == "" {               if key == "" {
//		return nil           →       return nil
//	}                            }
//	s.mu.Lock()                  s.mu.Lock()
//	                             defer s.mu.Unlock()
//
// On the ways that come to the Lock the same call is deferred, of the same lock,
// and in the same order with others, since none is deferred in between. On the
// ways that leave before it the program ended, or released what another held;
// so did a panic.
func DeferBehind(s *edit.Site) error {
	h, err := holdingOf(s)
	if err != nil {
		return err
	}
	if len(h.Deferred) != 1 || h.stmt() == nil {
		return errors.New("the lock is not released by one deferred call")
	}
	d := h.Deferred[0]
	list := h.body().List
	from, to := slices.Index(list, ast.Stmt(d)), slices.Index(list, ast.Stmt(h.stmt()))
	if from < 0 || to < from {
		return errors.New("the defer and the Lock do not stand in the function's own list")
	}
	for _, st := range list[from+1 : to] {
		var other ast.Node
		inspectFunc(st, func(n ast.Node) {
			if _, ok := n.(*ast.DeferStmt); ok {
				other = n
			}
		})
		if other != nil {
			return fmt.Errorf("line %d defers another call: its order with the unlock would change", h.line(other))
		}
	}
	if err := h.ownRoot(); err != nil {
		return err
	}
	if err := h.unmoved(d.Pos(), h.Call.End()); err != nil {
		return err
	}
	if err := around.Respell(h.pkg, ast.Unparen(d.Call.Fun).(*ast.SelectorExpr).X, h.Call.End()); err != nil {
		return err
	}
	s.MoveAfter(s.Stmt(d), s.Stmt(h.stmt()))
	return nil
}
