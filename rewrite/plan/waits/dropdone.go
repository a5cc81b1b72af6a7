package waits

import (
	"errors"
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// DropDone takes out a Done that the goroutine's deferred Done says once more:
//
//	go func() {                           go func() {
//		defer wg.Done()                       defer wg.Done()
//		if err := task(); err != nil {   →    if err := task(); err != nil {
//			wg.Done()
//			return                                return
//		}                                     }
//	}()                                   }()
//
// The goroutine holds one count, so the first Done gives back that of another, or the
// second one panics: nothing can rely on both. What runs behind the one that goes is
// waited for then, as the deferred Done says; where that is more than the return, Wait
// may wait for what waits for it, and the fix is unsafe for that, too.
func DropDone(s *edit.Site) error {
	f := channels.Of(s.Match.Pkg)
	done, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	again := f.DoubleDone(done)
	if again == nil {
		return errors.New("internal: nothing is known of the group")
	}
	st := around.StatementOf(s, done)
	if st == nil {
		return fmt.Errorf("the Done at line %d is not a statement of its own", around.Line(s, done))
	}
	if around.LeavesNothing(s, st) {
		return fmt.Errorf("without the Done at line %d nothing would be left of its block", around.Line(s, done))
	}
	if n := f.After(again.Fn, st); n != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d runs after the Done, and would be waited for", around.Line(s, n)))
	}
	s.Delete(s.Stmt(st))
	return nil
}
