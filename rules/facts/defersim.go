package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// registerDefer is a defer statement: its call runs at every exit from now on.
type registerDefer struct {
	stmt *ast.DeferStmt
	v    *types.Var // the variable that it calls, if it does
}

func (d registerDefer) run(s *sim, w world) []world {
	next := deferral{stmt: d.stmt}
	if d.v != nil {
		next.fn, _ = w.function(d.v) // what it is now: a later assignment changes nothing
	}
	w.defers = slices.Clone(w.defers)
	again := func(d deferral) bool { return d.stmt == next.stmt && d.fn == next.fn }
	if i := slices.IndexFunc(w.defers, again); i >= 0 {
		w.defers[i].many = true
	} else {
		w.defers = append(w.defers, next)
	}
	return []world{w}
}

// deferred translates a defer statement. A call that does nothing to a lock is
// not kept, unless it recovers.
func (c *compiler) deferred(stmt *ast.DeferStmt) {
	s := c.callStep(stmt.Call)
	if s == nil {
		return
	}
	c.deferSteps[stmt] = s
	c.touches(stmt.Call, s)
	d := registerDefer{stmt: stmt}
	if call, ok := s.(callVariable); ok {
		d.v = call.v
	}
	c.emit(d)
}

// deferredLock returns the lock that a defer statement will release or take, if
// it names one: the name is evaluated where the statement stands.
func (u *unit) deferredLock(stmt *ast.DeferStmt) (place, bool) {
	switch s := u.deferSteps[stmt].(type) {
	case releaseLock:
		return u.locks[s.id], true
	case takeLock:
		return u.locks[s.id], true
	}
	return place{}, false
}

// runDefers runs the deferred calls, last first.
func (s *sim) runDefers(w world) []world {
	worlds := []world{w}
	for _, d := range slices.Backward(w.defers) {
		if s.depth == 0 {
			s.running = d.stmt
		}
		worlds = s.each(worlds, s.u.deferredStep(d))
		if d.many {
			worlds = s.each(worlds, manyTimes{})
		}
	}
	if s.depth == 0 {
		s.running = nil
	}
	for i := range worlds {
		worlds[i].defers = nil
	}
	return distinct(worlds)
}

// deferredStep is what a deferred call does when it runs.
func (u *unit) deferredStep(d deferral) step {
	if d.fn != (callable{}) {
		return callKnown{d.stmt.Call, d.fn}
	}
	return u.deferSteps[d.stmt]
}

// manyTimes follows a deferred call that runs more than once: what it did to
// the locks that are held, it may have done to all of them.
type manyTimes struct{}

func (manyTimes) run(s *sim, w world) []world {
	for _, l := range w.locks {
		if l.hold == held {
			w = w.unclear(l.id)
		}
	}
	return []world{w}
}
