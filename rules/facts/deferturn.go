package facts

import (
	"cmp"
	"go/ast"
	"slices"
)

// A DeferredTurn is a call that takes a lock which the function has taken by
// the same call before, on an earlier turn of a loop, and whose release it has
// only deferred: that runs when the function ends, not when the turn does.
type DeferredTurn struct {
	LockCall
	Defer *ast.DeferStmt
}

// DeferredTurns returns the calls of fn itself that take a lock again before
// their own deferred release runs, in source order. A Lock then waits for ever,
// an RLock as soon as a writer waits. Locks that another function releases, or
// that may have another name by then, are not among them.
func (p *Package) DeferredTurns(fn ast.Node) []DeferredTurn {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	var found []DeferredTurn
	for id, call := range u.takes {
		site := u.takeOf[id]
		if site.home != fn || site.op != Acquire || u.releasedElsewhere(fn, takeID(id)) {
			continue
		}
		if d := u.deferredBefore(fn, takeID(id)); d != nil {
			lock := LockCall{Call: call, Lock: u.locks[site.lock].Lock, Read: site.lock.read()}
			found = append(found, DeferredTurn{LockCall: lock, Defer: d})
		}
	}
	slices.SortFunc(found, func(a, b DeferredTurn) int { return cmp.Compare(a.Call.Pos(), b.Call.Pos()) })
	return found
}

// deferredBefore returns the defer statement that some turn of a loop has
// passed when it comes to a call again with what that call took still held.
func (u *unit) deferredBefore(fn ast.Node, take takeID) *ast.DeferStmt {
	r, lock := u.routines[fn], u.takeOf[take].lock
	at, ok := r.flow.At(u.takes[take])
	if !ok {
		return nil
	}
	for _, w := range u.worldsAt(r, at) {
		if w.doubt || !w.holds(lock, take) {
			continue
		}
		for _, d := range w.defers {
			if u.defersRelease(d, lock) {
				return d.stmt
			}
		}
	}
	return nil
}

// defersRelease reports whether a deferred call releases a lock.
func (u *unit) defersRelease(d deferral, lock lockID) bool {
	switch s := u.deferredStep(d).(type) {
	case releaseLock:
		return s.id == lock
	case runLiteral:
		return u.routines[s.lit].done.orphans[lock]
	case callKnown:
		return s.fn.helper && slices.Contains(u.helperReleases(s.fn.sel), lock) || s.fn.lit == nil && !s.fn.helper && s.fn.method.op == Release && s.fn.lock == lock ||
			s.fn.lit != nil && u.routines[s.fn.lit].done.orphans[lock]
	}
	return false
}

// releasedElsewhere reports whether what a call takes may be released by another
// goroutine or function, so that the call need not wait for its own.
func (u *unit) releasedElsewhere(fn ast.Node, take takeID) bool {
	lock := u.takeOf[take].lock
	if u.escapes([]takeID{take}) || u.doubtful(take, u.routines[fn].done) != "" {
		return true
	}
	return slices.ContainsFunc(u.order, func(r *routine) bool {
		lit, ok := r.fn.(*ast.FuncLit)
		return ok && r.fn != fn && u.literals[lit].free() && r.done.orphans[lock]
	})
}
