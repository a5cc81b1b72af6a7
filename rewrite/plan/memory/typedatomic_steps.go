package memory

import (
	"fmt"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// oneStep makes one step of a write and the read that it rests on, or of a step
// and the read of its result; it refuses what stays two.
func (a *atomicVar) oneStep() error {
	for _, w := range a.uses {
		if writes, _ := w.writes(); !writes || a.early(w) || w.fn == nil || a.done[w] {
			continue
		}
		err := a.restsOnNothing(w)
		if err != nil && !a.swapInside(w) && !a.swapBehind(w) && !a.countThenRead(w) && !a.readThenCount(w) {
			return err
		}
	}
	return nil
}

// early reports whether a use is made before anybody else can reach the variable.
func (u *variable) early(x *use) bool {
	access := u.shared.AccessAt(x.expr)
	return access == nil || u.shared.Early(access)
}

// restsOnNothing refuses a write in whose function a read may be what it rests
// on, or may mean its result; but for what one goroutine alone, or a lock that
// all writers hold, keeps together.
func (a *atomicVar) restsOnNothing(w *use) error {
	flow := a.pkg.Flow(w.fn)
	if flow == nil {
		return nil
	}
	_, step := w.writes()
	for _, r := range a.inFunction(w.fn) {
		if writes, reads := r.writes(); r == w || writes || !reads || a.done[r] || edit.Spelling(r.expr) != edit.Spelling(w.expr) || r.stmt() == w.stmt() {
			continue
		}
		before, _ := flow.Follows(r.expr, w.stmt())
		behind, _ := flow.Follows(w.stmt(), r.expr)
		if !before && !(behind && step) || a.together(r, w) {
			continue
		}
		if before {
			return fmt.Errorf("the write at %s may rest on what %s reads: each made atomic they are not one step", a.line(w.id), a.line(r.id))
		}
		return fmt.Errorf("%s may read what %s has counted: each made atomic they are not one step", a.line(r.id), a.line(w.id))
	}
	return nil
}

// together reports whether nobody can write between a read and a write: all
// writers run on the goroutine of both, or all hold a lock, and the value is read
// under it.
func (a *atomicVar) together(r, w *use) bool {
	writers := a.writers()
	if a.shared.Alone(append(writers, a.shared.AccessAt(r.expr))) {
		return true
	}
	flow := a.pkg.Flow(w.fn)
	for _, lock := range a.locksOf(writers) {
		if a.holds(r, lock) {
			return true
		}
		for _, again := range a.inFunction(w.fn) { // the second check
			if writes, _ := again.writes(); again == r || writes || !a.holds(again, lock) {
				continue
			}
			first, _ := flow.Follows(r.expr, again.expr)
			if _, all := flow.Precedes(again.expr, w.stmt()); first && all {
				return true
			}
		}
	}
	return false
}

// writers returns the writes of the variable that others may meet.
func (u *variable) writers() (all []*sharing.Access) {
	for _, x := range u.uses {
		if writes, _ := x.writes(); writes && !u.early(x) {
			all = append(all, u.shared.AccessAt(x.expr))
		}
	}
	return all
}

// locksOf returns the locks that all accesses, which are writes, hold to write.
func (u *variable) locksOf(accesses []*sharing.Access) (common []any) {
	for i, access := range accesses {
		held, _ := u.shared.WriteLocksAt(access)
		var both []any
		for _, lock := range held {
			if i == 0 || slices.Contains(common, any(lock)) {
				both = append(both, lock)
			}
		}
		common = both
	}
	return common
}

// holds reports whether a use holds a lock, a write to write.
func (u *variable) holds(x *use, lock any) bool {
	access := u.shared.AccessAt(x.expr)
	if access == nil {
		return false
	}
	held, _ := u.shared.LocksAt(access)
	if writes, _ := x.writes(); writes || access.Write {
		held, _ = u.shared.WriteLocksAt(access)
	}
	for _, l := range held {
		if any(l) == lock {
			return true
		}
	}
	return false
}
