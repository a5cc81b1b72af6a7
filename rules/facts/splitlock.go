package facts

import (
	"go/ast"
	"slices"
)

// A SplitLock is a lock that a goroutine takes and keeps, while the function that
// starts it defers the release: that runs whether the lock is taken by then or not.
type SplitLock struct {
	LockCall // in the goroutine
	Go       *ast.GoStmt
	Defer    *ast.DeferStmt // in fn
}

// SplitLocks returns those of fn, in source order. The function does not take the
// lock itself, nor wait for anybody after it has started the goroutine.
func (p *Package) SplitLocks(fn ast.Node) []SplitLock {
	u := p.locks().of[fn]
	if u == nil || fn != u.root || u.routines[fn].done.gaveUp {
		return nil
	}
	var found []SplitLock
	for d := range u.deferSteps {
		release, ok := u.deferSteps[d].(releaseLock)
		if !ok || !u.routines[fn].done.orphans[release.id] {
			continue
		}
		for i, site := range u.takeOf {
			lit, ok := site.home.(*ast.FuncLit)
			if !ok || site.lock != release.id || site.op != Acquire || u.literals[lit].goes == nil || !u.keepsAlways(lit, site.lock) {
				continue
			}
			if !u.takesBut(lit, release.id) && !p.waitsBehind(fn, u.literals[lit].goes) {
				found = append(found, SplitLock{
					LockCall: LockCall{Call: u.takes[i], Lock: u.locks[site.lock].Lock, Op: Acquire, Read: site.lock.read()},
					Go:       u.literals[lit].goes, Defer: d,
				})
			}
		}
	}
	slices.SortFunc(found, func(a, b SplitLock) int { return int(a.Call.Pos() - b.Call.Pos()) })
	return found
}

// keepsAlways reports whether a literal returns with a lock on every way.
func (u *unit) keepsAlways(lit *ast.FuncLit, id lockID) bool {
	exits := u.routines[lit].done.exits
	return len(exits) > 0 && !slices.ContainsFunc(exits, func(e exitRecord) bool { return changeAt(e.world.lock(id)) != Acquires })
}

// takesBut reports whether something else in the unit than a literal takes a lock,
// in either mode.
func (u *unit) takesBut(lit *ast.FuncLit, id lockID) bool {
	return slices.ContainsFunc(u.takeOf, func(site takeSite) bool {
		return site.lock&^1 == id&^1 && site.home != ast.Node(lit)
	})
}

// waitsBehind reports whether a function may wait for others behind a statement.
func (p *Package) waitsBehind(fn ast.Node, stmt ast.Stmt) bool {
	found := false
	p.Inspect(bodyOf(fn), func(n ast.Node) bool {
		if found || n.End() <= stmt.End() {
			return false
		}
		if n.Pos() >= stmt.End() {
			found = p.waitsForOthers(n)
			return false
		}
		return n != ast.Node(stmt)
	})
	return found
}
