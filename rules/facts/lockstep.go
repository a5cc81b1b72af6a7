package facts

import (
	"go/ast"
	"slices"
)

// takeLock is mu.Lock() or mu.RLock().
type takeLock struct {
	call *ast.CallExpr
	take takeID
	id   lockID
}

func (t takeLock) run(s *sim, w world) []world {
	s.meet(t.call, w)
	return t.do(s, w)
}

// do takes the lock. Who holds it already waits for itself: that world ends.
// A sync.Locker of which nothing is known may be one to read, and never waits.
func (t takeLock) do(s *sim, w world) []world {
	if by := w.blocking(t.id); len(by) > 0 && !s.u.sharesLock(s.u.locks[t.id]) {
		s.relock(t.call, t.id, by, w, true)
		return nil
	}
	if now := w.lock(t.id); now.hold == held && s.running != nil {
		s.relock(t.call, t.id, now.by, w, false) // to read: it need not wait, but nobody releases it twice
	} else {
		s.took(t.call, w)
	}
	if now := w.lock(t.id); now.hold == held && t.id.read() && !w.doubt {
		s.log.rereads = append(s.log.rereads, relocking{call: t.call, id: t.id, by: now.by})
	}
	if _, gone := s.u.escaped[t.id]; gone {
		return []world{w.unclear(t.id)}
	}
	return []world{w.taken(t.id, t.take)}
}

// blocking returns the acquisitions held here for which taking the lock waits.
func (w world) blocking(id lockID) []takeID {
	if s := w.lock(id.twin()); s.hold == held {
		return s.by
	}
	if s := w.lock(id); s.hold == held && !id.read() {
		return s.by
	}
	return nil
}

// maxReads bounds how often one function read-locks a lock before we lose count.
const maxReads = 4

func (w world) taken(id lockID, take takeID) world {
	now := w.lock(id)
	if now.hold == unclear && id.read() || len(now.by) >= maxReads {
		return w.unclear(id) // held more than once, maybe
	}
	now.hold, now.by, now.refused = held, append(slices.Clip(now.by), take), false
	return w.withLock(now)
}

// tryLock is mu.TryLock() or mu.TryRLock(): two worlds, told apart by its result.
type tryLock struct {
	call *ast.CallExpr
	take takeID
	id   lockID
	cond condID
}

func (t tryLock) run(s *sim, w world) []world {
	s.meet(t.call, w)
	failed := w.withTruth(t.cond, false)
	if now := w.lock(t.id); now.hold == untouched {
		now.refused = true
		failed = failed.withLock(now)
	}
	if len(w.blocking(t.id)) > 0 {
		return []world{failed}
	}
	got := w.withTruth(t.cond, true)
	if _, gone := s.u.escaped[t.id]; gone {
		return []world{got.unclear(t.id), failed}
	}
	return []world{got.taken(t.id, t.take), failed}
}

// releaseLock is mu.Unlock() or mu.RUnlock().
type releaseLock struct {
	call *ast.CallExpr
	id   lockID
}

// run releases the lock. Where nothing is known to hold it, the caller does, or
// another name of it stands for a lock that is held here: then that is unclear
// from now on.
func (r releaseLock) run(s *sim, w world) []world {
	now := w.lock(r.id)
	switch now.hold {
	case held:
		last := len(now.by) - 1
		s.released(r.call, now.by[last], w)
		now.by = now.by[:last]
		if last == 0 {
			now.hold = free
		}
		return []world{w.withLock(now)}
	case free:
		if !now.owed {
			s.releasedFree(r.call, r.id, w)
		} else if !r.id.read() { // else it was another's, who may hold it more than once
			s.releasedOwed(r.call, r.id, w)
		}
		return []world{w}
	}
	if now.refused {
		s.refusedRelease(r.call, r.id, w)
		return []world{w}
	}
	after := w.forgetClass(s.u, s.u.locks[r.id].class, r.id)
	if (now.hold == untouched || now.hold == loose) && after.key() == w.key() {
		s.orphan(r.call, r.id, w)
		now.owed = true
	}
	now.hold = free
	return []world{after.withLock(now)}
}

// releases notes that a release stands in the unit.
func (c *compiler) releases(class lockClass, id lockID) {
	c.released = append(c.released, class)
	c.releasedIDs = append(c.releasedIDs, id)
}

// releaseSome releases a lock that has no name here.
type releaseSome struct{ class lockClass }

func (r releaseSome) run(s *sim, w world) []world {
	return []world{w.forgetClass(s.u, r.class, -1)}
}

// forgetClass makes every held lock unclear that may be of the class, but one.
func (w world) forgetClass(u *unit, class lockClass, but lockID) world {
	for _, l := range w.locks {
		if l.hold == held && (but < 0 || l.id/2 != but/2) && u.locks[l.id].class.mayBe(class) {
			w = w.unclear(l.id)
		}
	}
	return w
}
