package facts

import (
	"go/ast"
	"slices"
)

// A DroppedUnlock is a call of a function that returns with a lock held and a
// func to release it, where nobody gets that func: the lock stays held for ever.
type DroppedUnlock struct {
	LockCall
	// Deferred is the defer statement that makes the call; nil if none. It takes
	// the lock when the function ends.
	Deferred *ast.DeferStmt
}

// DroppedUnlocks returns those that stand in fn, in source order.
func (p *Package) DroppedUnlocks(fn ast.Node) []DroppedUnlock {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	var found []DroppedUnlock
	for id, site := range u.takeOf {
		if !site.dropped || site.home != fn || u.escaped[site.lock] != "" || u.routines[fn].done.releases[takeID(id)] != nil {
			continue
		}
		if at := u.locks[site.lock]; !at.nameless && (len(p.lockFacts.handed[at.class.of]) > 0 || p.lockFacts.released[at.class.of] || p.releasedFrom(at)) {
			continue
		}
		call := u.takes[id]
		d := DroppedUnlock{LockCall: LockCall{Call: call, Lock: u.locks[site.lock].Lock, Op: Acquire, Read: site.lock.read()}}
		d.Deferred, _ = u.resultUses[call].by.(*ast.DeferStmt)
		found = append(found, d)
	}
	slices.SortFunc(found, func(a, b DroppedUnlock) int { return int(a.Call.Pos() - b.Call.Pos()) })
	return found
}

// releasedFrom reports whether a function of an imported package releases locks
// of a class for its callers.
func (p *Package) releasedFrom(at place) bool {
	if at.class.of == nil || at.class.of.Pkg() == p.Types || at.class.of.Pkg() == nil {
		return at.class.of == nil
	}
	export := p.Imports[at.class.of.Pkg().Path()]
	class := p.ClassOf(at.class.of)
	return export == nil || slices.ContainsFunc(export.Funcs, func(s Summary) bool {
		return slices.ContainsFunc(s.Effects, func(e Effect) bool {
			return e.Class == class && e.Does != Acquires && e.Does != MayAcquire
		})
	})
}
