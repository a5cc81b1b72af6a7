package facts

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A Hop is one step of the way from a call to a lock: at At the function
// before calls Func. The last hop of a chain is the call of the lock's method.
type Hop struct {
	Func string // as types.Func.FullName spells it; "" for the lock's method
	At   Position
}

// chain follows a take of a callee down to the call of the lock's method. What
// is known of other packages ends where their exports do.
func (p *Package) chain(callee *types.Func, t *takenLock) []Hop {
	var hops []Hop
	for t != nil && len(hops) < maxHops {
		at := t.at
		if t.call != nil {
			at = p.position(t.call.Pos())
		}
		hop := Hop{At: at, Func: t.throughName}
		if t.through != nil {
			hop.Func = t.through.FullName()
		}
		hops = append(hops, hop)
		if hop.Func == "" {
			break
		}
		callee, t = p.nextHop(t, hop.Func)
		if callee == nil && t == nil {
			break
		}
	}
	return hops
}

// maxHops bounds a chain that is shown.
const maxHops = 12

// nextHop returns the callee of a take and what that takes there.
func (p *Package) nextHop(t *takenLock, name string) (*types.Func, *takenLock) {
	takes, fn := p.takesNamed(t.through, name)
	for _, next := range takes {
		if next.op == t.op && next.read == t.read && next.depth == t.depth-1 && next.ref.Class == t.ref.Class {
			return fn, next
		}
	}
	return nil, nil
}

// takesNamed returns the takes of a function of which the object or only the
// name is known.
func (p *Package) takesNamed(fn *types.Func, name string) ([]*takenLock, *types.Func) {
	if fn != nil {
		return p.calleeTakes(fn), fn
	}
	for _, e := range p.Imports.sorted() {
		if s := e.byName[name]; s != nil {
			return importedTakes(s), nil
		}
	}
	return nil, nil
}

// compare orders positions: by file, line and column.
func (at Position) compare(o Position) int {
	return cmp.Or(cmp.Compare(at.File, o.File), cmp.Compare(at.Line, o.Line), cmp.Compare(at.Column, o.Column))
}

// PositionOf returns a place of the package's files as other processes know it.
func (p *Package) PositionOf(pos token.Pos) Position { return p.position(pos) }

func (p *Package) position(pos token.Pos) Position {
	at := p.Fset.PositionFor(pos, false)
	return Position{at.Filename, at.Line, at.Column}
}

// Pos returns the place of a position in the package's file set; NoPos if the
// file is not there.
func (p *Package) Pos(at Position) token.Pos {
	found := token.NoPos
	p.Fset.Iterate(func(f *token.File) bool {
		if f.Name() == at.File && at.Line <= f.LineCount() {
			found = f.LineStart(at.Line) + token.Pos(at.Column-1) // the last is the newest
		}
		return true
	})
	return found
}

// chained returns the calls of a function that lead, through other functions,
// to a lock which it holds then.
func (u *unit) chained(log *record, again bool) []Relock {
	var found []Relock
	for i := range u.sites {
		site := &u.sites[i]
		state := log.calls[site.call]
		if site.method != nil || state == nil || !state.holds() || state.loose {
			continue
		}
		for _, callee := range site.fns {
			for _, t := range u.pkg.calleeTakes(callee) {
				if r, ok := u.waitsFor(site, state, callee, t, again); ok {
					found = append(found, r)
				}
			}
		}
	}
	return append(found, u.chainedObjects(log, again)...)
}

// waitsFor compares a lock that a callee takes with those that are held: it
// waits for the function itself, or again says that it is read-locked twice.
func (u *unit) waitsFor(site *callSite, state *callState, callee *types.Func, t *takenLock, again bool) (Relock, bool) {
	if t.op != Acquire || !t.entry || t.dynamic || site.dynamic || u.pkg.mayBeShared(t.ref) {
		return Relock{}, false
	}
	lock, ok := u.lockOf(site.named(), t.ref)
	if !ok {
		return Relock{}, false
	}
	id, ok := u.lockIDs[lock]
	if !ok {
		return Relock{}, false
	}
	held, by := state.blocking(id, t.read)
	if again {
		held, by = state.reading(id, t.read)
	}
	if held == 0 || u.escapes(by) || !again && u.looksFirst(by, callee, t) || !t.always && site.as == nil && u.onlyWhereNil(site.call, callee, t.call) || !t.always && u.calledBefore(site.call, by) {
		return Relock{}, false
	}
	// A test that comes to the lock would hang whenever it runs: what only may happen does not.
	happens := t.always || u.passed(site.call, t.asks)&byFlag == 0 && (again || !u.pkg.InTest(site.call.Pos()))
	r := Relock{
		LockCall: LockCall{Call: site.call, Lock: lock, Read: t.read},
		Must:     held == state.worlds && happens,
		Chain:    u.pkg.chain(callee, t),
	}
	for _, take := range by {
		r.Held = append(r.Held, u.takes[take])
	}
	return r, true
}

// looksFirst reports whether a callee takes a lock that is held to read only where it has
// found something, and takes it to read, too: to look, as the caller has done before it.
// That it takes it to read a second time is told by itself.
func (u *unit) looksFirst(by []takeID, callee *types.Func, t *takenLock) bool {
	if t.read || t.always || slices.ContainsFunc(by, func(id takeID) bool { return !u.takeOf[id].lock.read() }) {
		return false
	}
	return slices.ContainsFunc(u.pkg.calleeTakes(callee), func(look *takenLock) bool { return look.read && look.entry && look.ref == t.ref })
}

// holds reports whether the function holds a lock in some world.
func (c *callState) holds() bool {
	for _, seen := range c.locks {
		if seen.held > 0 {
			return true
		}
	}
	return false
}

// blocking returns in how many worlds taking the lock waits for the function
// itself, and the acquisitions that hold it.
func (c *callState) blocking(id lockID, read bool) (worlds int, by []takeID) {
	write := c.of(id &^ 1)
	if write != nil && write.held > 0 {
		worlds, by = write.held, write.by
	}
	if reader := c.of(id | 1); !read && reader != nil && reader.held > 0 {
		worlds += reader.held
		by = append(slices.Clip(by), reader.by...)
	}
	return min(worlds, c.worlds), by
}

// reading returns in how many worlds a lock that is taken to read is held to
// read, and the acquisitions that hold it.
func (c *callState) reading(id lockID, read bool) (worlds int, by []takeID) {
	if reader := c.of(id | 1); read && reader != nil {
		return min(reader.held, c.worlds), reader.by
	}
	return 0, nil
}

// firstOfCall keeps the first relock of every call.
func firstOfCall(all []Relock) []Relock {
	seen := make(map[*ast.CallExpr]bool)
	return slices.DeleteFunc(all, func(r Relock) bool {
		if seen[r.Call] {
			return true
		}
		seen[r.Call] = true
		return false
	})
}
