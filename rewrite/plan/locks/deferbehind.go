package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
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
	h.noteTaken(list[from+1 : to])
	s.MoveAfter(s.Stmt(d), s.Stmt(h.stmt()))
	return nil
}

// noteTaken lowers the level where something runs before the Lock of which it is not known whether
// it takes the lock: a return behind it needs the deferred unlock then.
//
//	defer s.mu.Unlock()
//	if fast {
//		s.take() // a field
//		return s.n
//	}
//	s.mu.Lock()
func (h *holding) noteTaken(list []ast.Stmt) {
	for _, st := range list {
		if because, yes := h.pkg.TouchesLock(st, h.Lock); yes && mayKeep(h.pkg, st) {
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d %s: if that takes the lock, a return before the Lock has to release it", h.line(st), because))
		}
	}
}
