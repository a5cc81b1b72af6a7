package locks

import (
	"errors"
	"go/ast"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// DeferInside moves a deferred unlock from the function that starts a goroutine
// into the goroutine that takes the lock:
//
//	go func() {                  go func() {
//		s.mu.Lock()                  s.mu.Lock()
//		                             defer s.mu.Unlock()
//		s.n++                →       s.n++
//	}()                          }()
//	defer s.mu.Unlock()
//
// The goroutine released the lock on no way. The text of the unlock must mean
// the same lock there, and the Lock must be a statement of the literal's own list.
func DeferInside(s *edit.Site) error {
	d, ok := s.Bound("$defer").(*ast.DeferStmt)
	if !ok {
		return errors.New("internal: the match names no defer statement")
	}
	h, err := holdingOf(s)
	if err != nil {
		return err
	}
	lock := h.stmt()
	release, plain := ast.Unparen(d.Call.Fun).(*ast.SelectorExpr)
	if lock == nil || !plain || edit.Spelling(release.X) != h.text() || release.Sel.Name != h.name {
		return errors.New("the defer does not release by the name by which the goroutine locks")
	}
	list, ok := s.ListAround(lock)
	if !ok || len(h.body().List) == 0 || list[0] != h.body().List[0] {
		return errors.New("the goroutine takes the lock inside a block: a deferred unlock would hold it until the goroutine ends")
	}
	if err := around.Respell(h.pkg, release.X, lock.End()); err != nil {
		return err
	}
	if err := h.ownRoot(); err != nil {
		return err
	}
	s.MoveAfter(s.Stmt(d), s.Stmt(lock))
	return nil
}
