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
	// Chain leads from the call to the lock's method, through the functions in
	// between; empty if the call is of that method.
	Chain []Hop
}

// Relocks returns the calls of fn, or of literals that it runs, that wait for
// fn itself, in source order; deferred ones among them.
func (p *Package) Relocks(fn ast.Node) []Relock {
	u := p.locks().of[fn]
	if u == nil {
		return nil
	}
	r := u.routines[fn]
	if r.relocks == nil {
		r.relocks = append([]Relock{}, p.allRelocks(fn)...)
	}
	return slices.Clone(r.relocks)
}

func (p *Package) allRelocks(fn ast.Node) []Relock {
	found := p.relocks(fn, func(again relocking) bool { return again.waits })
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return found
	}
	p.closeTakes()
	found = append(u.chained(u.routines[fn].done, false), found...)
	slices.SortStableFunc(found, func(a, b Relock) int {
		return cmp.Or(cmp.Compare(a.Call.Pos(), b.Call.Pos()), cmp.Compare(bit(b.Must), bit(a.Must)))
	})
	return firstOfCall(found)
}

// DeferredRelocks returns the calls defer mu.Lock() and defer mu.RLock() that
// find the lock held in the same mode at some exit: the unlock was meant.
func (p *Package) DeferredRelocks(fn ast.Node) []Relock {
	return p.relocks(fn, func(again relocking) bool {
		return again.running != nil && again.running.Call == again.call
	})
}

// handedOver reports whether another function of the unit, the one around a
// literal or a literal beside it, releases what this one holds.
func (u *unit) handedOver(fn ast.Node, again relocking) bool {
	return slices.ContainsFunc(u.order, func(r *routine) bool {
		return r.fn != fn && slices.ContainsFunc(again.by, func(id takeID) bool {
			return r.done.orphans[u.takeOf[id].lock]
		})
	})
}

// relocks collects the events of a function that choose accepts, by call.
func (p *Package) relocks(fn ast.Node, choose func(relocking) bool) []Relock {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	log := u.routines[fn].done
	found := make(map[*ast.CallExpr]*Relock)
	for _, again := range log.relocks {
		if !choose(again) || u.escapes(again.by) || slices.Contains(again.by, u.takeIDs[taking{again.call, again.id}]) {
			continue
		}
		if u.handedOver(fn, again) {
			continue // it waits for another goroutine of this function, and gets the lock
		}
		if found[again.call] == nil {
			found[again.call] = &Relock{
				LockCall: LockCall{Call: again.call, Lock: u.locks[again.id].Lock, Read: again.id.read()},
				Must:     !log.taken[again.call], Deferred: again.running,
			}
		}
		for _, by := range again.by {
			if r := found[again.call]; !slices.Contains(r.Held, u.takes[by]) {
				r.Held = append(r.Held, u.takes[by])
			}
		}
	}
	return inCallOrder(found)
}

// helps reports whether a call is not of a lock's method: of a function of the
// program, or of a func value.
func (u *unit) helps(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return !ok || u.pkg.syncReceiver(sel) == ""
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

// A BadRelease is a call that releases a lock which is not held: "unlock of
// unlocked mutex".
type BadRelease struct {
	LockCall
	Must bool // it is not held whenever the call is reached
	// Crossed says that the lock is held in the other mode (RLock, then
	// Unlock); else it was released before in the same function.
	Crossed bool
	// Refused says that a TryLock of the function has failed to take it, on some path.
	Refused bool
	// Helper says that the call is not of the lock's method, but of a function
	// that releases it, and may do more.
	Helper bool
}

// BadReleases returns the releases of fn, or of literals that it runs, that
// find the lock released on some path, in source order.
func (p *Package) BadReleases(fn ast.Node) []BadRelease {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp || len(u.routines[fn].done.unlocks) == 0 {
		return nil
	}
	var bad []BadRelease
	for call, found := range u.routines[fn].done.unlocks {
		again := found.owed && p.releasedJustBefore(call, u.locks[found.id].Lock)
		if !found.double && !found.crossed && !found.refused && !again {
			continue
		}
		if (u.escaped[found.id] != "" || u.dropped[found.id]) && !again {
			continue
		}
		if found.double && p.handedBack(fn, call, u.locks[found.id].Lock) {
			continue
		}
		bad = append(bad, BadRelease{
			LockCall: LockCall{Call: call, Lock: u.locks[found.id].Lock, Op: Release, Read: found.id.read()},
			Must:     again || !found.good && !(found.double && found.crossed), Crossed: found.crossed, Refused: found.refused, Helper: u.helps(call),
		})
	}
	slices.SortFunc(bad, func(a, b BadRelease) int { return cmp.Compare(a.Call.Pos(), b.Call.Pos()) })
	return bad
}
