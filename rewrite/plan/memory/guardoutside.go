package memory

import (
	"fmt"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// outsiders lowers the level where others may hold the lock, or have the object, when they come
// to the function.
func (g *guarding) outsiders(shared *sharing.Facts) {
	g.heldElsewhere(shared)
	if loop := shared.IteratedBy(g.u.Func, g.u.Expr); loop != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s, over which line %d ranges, may hold the lock when it comes to the body", edit.ExprText(loop.X), g.line(loop)))
	}
	if call := shared.GivenUnder(g.u.Func, g.u.Guard.Lock); call != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s at line %d gets the object with the lock held, and may call the function", edit.ExprText(call.Fun), g.line(call)))
	}
	if call := shared.KeptUnder(g.u.Func, g.u.Guard.Lock); call != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s at line %d, with the lock held, may call the function, which it has been given", edit.ExprText(call.Fun), g.line(call)))
	}
	if call := shared.CallsOutUnder(g.u.Guard.Lock); call != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s calls out at line %d with the lock held: what it calls may come back here", edit.ExprText(call.Fun), g.line(call)))
	}
	if wait := shared.WaitsUnder(g.u.Guard.Lock); wait != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d waits with the lock held: who takes it here waits as long", g.line(wait)))
	}
}

// heldElsewhere lowers the level where other packages can hold the lock while they come to
// the function: it is exported, or a function of the package takes it for them.
func (g *guarding) heldElsewhere(shared *sharing.Facts) {
	entry, lock := shared.EnteredBy(g.u.Func), g.u.Guard.Lock
	if entry == nil {
		return
	}
	if lock.Exported() {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can hold %s when they call %s", g.text, entry.Name()))
	} else if taker := shared.TakenOutside(lock); taker != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can hold %s, by %s, when they call %s", g.text, taker.Name(), entry.Name()))
	}
}

// untried refuses where the function goes on without the lock if somebody has it: it is not to wait.
//
//	if s.mu.TryLock() {
//		s.n++
//		s.mu.Unlock()
//	}
//	return s.n
func (g *guarding) untried() error {
	for _, acq := range g.pkg.Acquisitions(g.u.Func) {
		if acq.Op == facts.TryAcquire && acq.Lock == g.lock {
			return fmt.Errorf("line %d only tries to take the lock: the function may be meant not to wait for it", g.line(acq.Call))
		}
	}
	return nil
}

// releasedWell refuses where the function releases the lock once too often, or in the other mode: with
// one more section it is not clear which that ends.
//
//	s.mu.Lock()
//	defer s.mu.Unlock()
//	s.n++
//	s.mu.Unlock()
//	return s.n
func (g *guarding) releasedWell() error {
	for _, bad := range g.pkg.BadReleases(g.u.Func) {
		if bad.Lock == g.lock {
			return fmt.Errorf("line %d releases the lock where it is not held so: that is to be put right first", g.line(bad.Call))
		}
	}
	return nil
}
