package locks

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// TurnUnlock releases a lock at the end of each turn of a loop, instead of at
// the end of the function:
//
//	for _, k := range keys {         for _, k := range keys {
//		s.mu.Lock()                      s.mu.Lock()
//		defer s.mu.Unlock()      →
//		if k == "" {                     if k == "" {
//			                                 s.mu.Unlock()
//			continue                         continue
//		}                                }
//		s.items[k]++                     s.items[k]++
//		                                 s.mu.Unlock()
//	}                                }
//
// Behaviour is preserved but for the lock: a function that came to a second
// turn never returned, so only the turn that is the last one can be compared.
// Every way out of it unlocks, a return after its results have been read, as
// the deferred unlock ran after them. It is unsafe where what runs after the
// loop could tell the difference, and where the turn can panic: the deferred
// unlock ran then too. The parameter panics false refuses the latter.
func TurnUnlock(s *edit.Site) error {
	t, err := turnOf(s)
	if err != nil {
		return err
	}
	if err := t.plainDefer(); err != nil {
		return err
	}
	if err := t.judgePanics(); err != nil {
		return err
	}
	ways := t.ways()
	if t.falls() {
		ways = append(ways, t.body)
	}
	var edits []func()
	for _, way := range ways {
		edit, err := t.cover(facts.Loss{At: way, Must: true})
		if err != nil {
			return err
		}
		edits = append(edits, edit)
	}
	for _, edit := range edits {
		edit()
	}
	s.Delete(s.Stmt(t.defr))
	return nil
}

// plainDefer: what is deferred is the unlock and nothing else.
func (t *turn) plainDefer() error {
	sel, ok := ast.Unparen(t.defr.Call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != t.name || edit.Spelling(sel.X) != t.text() {
		return fmt.Errorf("the call deferred at line %d is not %s.%s()", t.line(t.defr), t.text(), t.name)
	}
	return nil
}

// judgePanics looks for what could panic with the lock held.
func (t *turn) judgePanics() error {
	for _, st := range t.list {
		if st == ast.Stmt(t.lock) || st == ast.Stmt(t.defr) {
			continue
		}
		because, yes := t.pkg.CanPanic(st, t.mu)
		if !yes {
			continue
		}
		if allowed, set := t.s.Param("panics").(bool); set && !allowed {
			return fmt.Errorf("line %d can panic (it %s), and then only a deferred unlock runs", t.line(st), because)
		}
		t.s.Downgrade(rules.Unsafe, fmt.Sprintf("a panic from line %d on (it %s) then leaves the lock held", t.line(st), because))
		return nil
	}
	return nil
}
