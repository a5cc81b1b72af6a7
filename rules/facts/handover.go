package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A mutex belongs to nobody, so a function may hand a lock that it holds over to
// a goroutine, which releases it. For the function the go statement is the
// release then: what it loses before is lost, and what it releases behind is
// released twice. That is known where the goroutine releases the lock on every
// way, and where the function holds it whenever it starts the goroutine;
// otherwise the lock may be released at any time, and nothing is said of it.

// handToGo is a go statement that starts a literal.
type handToGo struct {
	stmt *ast.GoStmt
	lit  *ast.FuncLit
}

func (h handToGo) run(s *sim, w world) []world {
	r := s.u.routines[h.lit]
	if r == nil || s.u.record(r) == nil {
		return []world{w}
	}
	for _, id := range s.u.sortedOrphans(r) {
		if s.u.releasesAlways(callable{lit: h.lit}, id) {
			w = h.give(s, w, id, r)
		}
	}
	return []world{w}
}

// give hands one lock over.
func (h handToGo) give(s *sim, w world, id lockID, r *routine) world {
	if s.u.escaped[id] != "" {
		return w.unclear(id)
	}
	now := w.lock(id)
	handed := s.log.handed[id]
	switch {
	case now.hold == held && len(now.by) == 1:
		for call := range r.done.unlocks {
			if r.done.unlocks[call].id == id {
				s.released(call, now.by[0], w)
			}
		}
		if handed == nil {
			handed = &handing{to: h}
			s.log.handed[id] = handed
		}
		handed.several = handed.several || handed.to != h
		now.hold, now.by = free, nil
		return w.withLock(now)
	case now.hold == free && !now.owed && handed != nil && handed.to == h:
		s.releasedFree(h.stmt.Call, id, w) // the last turn of the loop has handed it over
		return w
	}
	s.u.escape(id, "a goroutine releases it")
	return w.unclear(id)
}

// handsAlways reports whether a literal is the function of a go statement, and
// releases a lock on every way.
func (u *unit) handsAlways(lit *ast.FuncLit, id lockID) bool {
	return u.literals[lit].goes != nil && u.releasesAlways(callable{lit: lit}, id)
}

// sortedOrphans returns the locks that a routine releases and has not taken.
func (u *unit) sortedOrphans(r *routine) []lockID {
	var ids []lockID
	for id := range r.done.orphans {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// A handing is the go statement by which a lock was handed over.
type handing struct {
	to      handToGo
	several bool // others do, too
}

// A HandedRelease is a release of a lock that was handed to a goroutine, which
// releases it too.
type HandedRelease struct {
	LockCall               // the release; of a go statement in a loop, its call
	Go       *ast.GoStmt   // that handed the lock over
	Again    *ast.CallExpr // the release in the goroutine
}

// HandedReleases returns those of fn, in source order. The goroutine does not
// wait for anybody, and fn does not take the lock again behind the go statement:
// it can be no other acquisition that one of the two releases.
func (p *Package) HandedReleases(fn ast.Node) []HandedRelease {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	log := u.routines[fn].done
	var found []HandedRelease
	for call, unlock := range log.unlocks {
		handed := log.handed[unlock.id]
		if !unlock.double || handed == nil || handed.several || u.escaped[unlock.id] != "" {
			continue
		}
		if p.waitsForOthers(handed.to.lit.Body) || u.takenBehind(fn, handed.to.stmt, unlock.id) {
			continue
		}
		again := HandedRelease{
			LockCall: LockCall{Call: call, Lock: u.locks[unlock.id].Lock, Op: Release, Read: unlock.id.read()},
			Go:       handed.to.stmt,
		}
		for release, there := range u.routines[handed.to.lit].done.unlocks {
			if there.id == unlock.id && (again.Again == nil || release.Pos() < again.Again.Pos()) {
				again.Again = release
			}
		}
		found = append(found, again)
	}
	slices.SortFunc(found, func(a, b HandedRelease) int { return int(a.Call.Pos() - b.Call.Pos()) })
	return found
}

// takenBehind reports whether the function can take a lock, in either mode, after
// a statement of it.
func (u *unit) takenBehind(fn ast.Node, stmt ast.Stmt, id lockID) bool {
	for i, site := range u.takeOf {
		if site.lock&^1 != id&^1 {
			continue
		}
		if some, _ := u.routines[fn].flow.Follows(stmt, u.takes[i]); some || site.home != fn {
			return true
		}
	}
	return false
}

// waitsForOthers reports whether code may wait until another goroutine acts: at a
// channel, or by a method that is called Wait.
func (p *Package) waitsForOthers(n ast.Node) bool {
	found := false
	p.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectStmt, *ast.SendStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.RangeStmt:
			if t := p.TypeOf(n.X); t != nil {
				_, channel := t.Underlying().(*types.Chan)
				found = found || channel
			}
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			found = found || ok && sel.Sel.Name == "Wait"
		}
		return !found
	})
	return found
}
