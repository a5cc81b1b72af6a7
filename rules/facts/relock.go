package facts

import (
	"cmp"
	"go/ast"
	"slices"
)

// A Relock is a call that takes a lock which the same function holds: it waits
// for itself. (Where it is the next turn of a loop that comes back to the same
// call, it is a Loss of that call.)
type Relock struct {
	LockCall
	Held     []*ast.CallExpr // the calls that hold it, in source order
	Must     bool            // it is held whenever the call is made
	Deferred *ast.DeferStmt  // the defer statement that makes the call; nil if none
}

// Relocks returns the calls of fn, or of literals that it runs, that wait for
// fn itself, in source order; deferred ones among them.
func (p *Package) Relocks(fn ast.Node) []Relock {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	log := u.routines[fn].done
	return u.relocks(log, log.relocks)
}

// relocks makes one Relock of each call in the record.
func (u *unit) relocks(log *record, all []relocking) []Relock {
	found := make(map[*ast.CallExpr]*Relock)
	for _, again := range all {
		if u.escapes(again.by) || slices.Contains(again.by, u.takeIDs[again.call]) {
			continue
		}
		r := found[again.call]
		if r == nil {
			site := u.takeOf[u.takeIDs[again.call]]
			r = &Relock{
				LockCall: LockCall{Call: again.call, Lock: u.locks[site.lock].Lock, Read: site.lock.read()},
				Must:     !log.taken[again.call], Deferred: again.running,
			}
			found[again.call] = r
		}
		for _, by := range again.by {
			if call := u.takes[by]; !slices.Contains(r.Held, call) {
				r.Held = append(r.Held, call)
			}
		}
	}
	return inCallOrder(found)
}

func (u *unit) escapes(takes []takeID) bool {
	return slices.ContainsFunc(takes, func(id takeID) bool {
		lock := u.takeOf[id].lock
		return u.escaped[lock] != "" || u.dropped[lock]
	})
}

func inCallOrder(found map[*ast.CallExpr]*Relock) []Relock {
	var relocks []Relock
	for _, r := range found {
		slices.SortFunc(r.Held, func(a, b *ast.CallExpr) int { return cmp.Compare(a.Pos(), b.Pos()) })
		relocks = append(relocks, *r)
	}
	slices.SortFunc(relocks, func(a, b Relock) int { return cmp.Compare(a.Call.Pos(), b.Call.Pos()) })
	return relocks
}

// DeferredRelocks returns the statements defer mu.Lock() whose call finds the
// lock held at some exit: the unlock was meant. A defer mu.RLock() that finds it
// read-locked is among them: it does not wait, but one read lock stays behind.
func (p *Package) DeferredRelocks(fn ast.Node) []Relock {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	log := u.routines[fn].done
	all := u.relocks(log, slices.Concat(log.relocks, log.regains))
	return slices.DeleteFunc(all, func(r Relock) bool {
		return r.Deferred == nil || r.Deferred.Call != r.Call
	})
}

// A BadRelease is a call that releases a lock which is never held there.
type BadRelease struct {
	LockCall
	// Crossed says that the lock is held in the other mode (RLock, then
	// Unlock); else it was released before in the same function.
	Crossed bool
}

// BadReleases returns the releases of fn, or of literals that it runs, that find
// the lock released whenever they are reached: "unlock of unlocked mutex".
func (p *Package) BadReleases(fn ast.Node) []BadRelease {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	var bad []BadRelease
	for call, found := range u.routines[fn].done.unlocks {
		if found.good || u.escaped[found.id] != "" || u.dropped[found.id] {
			continue
		}
		bad = append(bad, BadRelease{
			LockCall: LockCall{Call: call, Lock: u.locks[found.id].Lock, Op: Release, Read: found.id.read()},
			Crossed:  found.crossed,
		})
	}
	slices.SortFunc(bad, func(a, b BadRelease) int { return cmp.Compare(a.Call.Pos(), b.Call.Pos()) })
	return bad
}
