package facts

import (
	"go/ast"
	"go/types"
	"iter"
)

// takesAt yields the locks that a call takes, as callers of fn name them.
func (u *unit) takesAt(fn *types.Func, site *callSite) iter.Seq[takenLock] {
	return func(yield func(takenLock) bool) {
		if site.method != nil {
			if site.method.op != Release {
				yield(u.ownTake(fn, site))
			}
			return
		}
		for _, callee := range site.fns {
			for _, t := range u.pkg.calleeTakes(callee) {
				if !yield(u.seen(site, callee, t)) {
					return
				}
			}
		}
	}
}

// calleeTakes returns the takes of a function of this or an imported package.
func (p *Package) calleeTakes(fn *types.Func) []*takenLock {
	if n := p.callGraph.nodes[fn]; n != nil {
		return n.takes
	}
	if all, ok := p.lockFacts.foreign[fn]; ok {
		return all
	}
	var all []*takenLock
	if s := p.Imports.summary(fn); s != nil {
		all = importedTakes(s)
	}
	p.lockFacts.foreign[fn] = all
	return all
}

// importedTakes returns the takes of a function of another package.
func importedTakes(s *Summary) (all []*takenLock) {
	for _, t := range s.Takes {
		all = append(all, &takenLock{
			ref: t.Ref, op: t.Op, read: t.Read, entry: t.Entry, always: t.Always, asks: hangsOn(t.Asks), dynamic: t.Dynamic,
			depth: t.Depth, at: t.At, throughName: t.Through,
		})
	}
	return all
}

// ownTake is the call of a lock's method that takes it.
func (u *unit) ownTake(fn *types.Func, site *callSite) takenLock {
	sel := ast.Unparen(site.call.Fun).(*ast.SelectorExpr)
	t := takenLock{op: site.method.op, read: site.method.read, call: site.call, depth: 1}
	at, ok := u.receiver(sel)
	if !ok {
		at = place{class: u.classOf(sel)}
	}
	t.read = t.read || at.read
	t.ref = u.refFrom(fn, at)
	if t.ref.Arg == Nowhere {
		return t
	}
	t.entry, t.always = u.fresh(site, at.Lock)
	if !t.always {
		t.asks = site.decided
	}
	return t
}

// seen is a take of a callee as callers of the function see it.
func (u *unit) seen(site *callSite, callee *types.Func, t *takenLock) takenLock {
	s := *t
	s.call, s.through, s.depth = site.call, callee, t.depth+1
	s.at, s.throughName = Position{}, ""
	s.dynamic = t.dynamic || site.dynamic
	ref, lock, ok := u.rename(site.named(), t.ref)
	s.ref = ref
	if !ok || ref.Arg == Nowhere {
		s.entry, s.always, s.asks = false, false, 0
		return s
	}
	entry, always := u.fresh(site, lock)
	s.entry, s.always = t.entry && entry, t.always && always && !s.dynamic
	if s.asks = 0; !s.always {
		s.asks = site.decided | u.passed(site.call, t.asks)
	}
	return s
}

// fresh reports whether at a call a lock is, on some path, as the caller of the
// function left it; and whether every way through the function makes the call so.
func (u *unit) fresh(site *callSite, lock Lock) (some, all bool) {
	all = site.always && site.home == u.root
	r := u.routines[u.root]
	if r == nil || r.done == nil {
		return true, all
	}
	id, ok := u.lockIDs[lock]
	if !ok {
		return true, all
	}
	state := r.done.calls[site.call]
	if state == nil {
		return false, false // not reached, or in no world that is sure
	}
	some, every := state.untouched(id)
	return some, all && every
}
