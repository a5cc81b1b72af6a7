package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// KeptForEver reports whether a call of a lock's method, which fn makes, takes a
// lock that nobody can ever release: fn holds it on every way out behind that, or
// comes back to the call with it; no function of the package releases such a lock but what it has taken itself, and no other
// package can get at it.
func (p *Package) KeptForEver(fn ast.Node, call *ast.CallExpr) bool {
	u := p.locks().of[fn]
	if u == nil {
		return false
	}
	for id, taken := range u.takes {
		if taken == call && u.takeOf[id].home == fn && u.keptForEver(takeID(id)) {
			return true
		}
	}
	return false
}

func (u *unit) keptForEver(id takeID) bool {
	site, call := u.takeOf[id], u.takes[id]
	log := u.routines[site.home].done
	at := u.locks[site.lock]
	if site.op != Acquire || site.helper || log.releases[id] != nil || u.doubtful(id, log) != "" {
		return false
	}
	if len(at.fields) == 0 && at.Root.Parent() != at.Root.Pkg().Scope() {
		return false // a mutex of the call's own: what it is for is another question
	}
	if u.meantToRelease(site.home, call) {
		return false
	}
	return !u.releasable(at) && !u.dropped[site.lock] && (u.heldAtExits(id, log) || u.waitsInLoop(id, log)) &&
		!u.pkg.letsGo(at) && !u.pkg.remarked(u.takes[id])
}

// meantToRelease reports whether a call is part of mu.Lock(); defer mu.Lock(), where
// the second was meant to be the unlock.
func (u *unit) meantToRelease(fn ast.Node, call *ast.CallExpr) bool {
	return slices.ContainsFunc(u.pkg.DeferredRelocks(fn), func(r Relock) bool {
		return r.Call == call || slices.Contains(r.Held, call)
	})
}

// heldAtExits reports whether the function can be left with the lock, and always
// is once it has been taken: it may leave before that.
func (u *unit) heldAtExits(id takeID, log *record) bool {
	held := false
	for _, e := range log.exits {
		s := e.world.lock(u.takeOf[id].lock)
		if ret, ok := e.way.(*ast.ReturnStmt); ok && len(s.by) == 0 {
			if behind, _ := u.pkg.Flow(log.routine.fn).Follows(u.takes[id], ret); !behind {
				continue
			}
		}
		held = true
		if !slices.Contains(s.by, id) || s.owed || u.handsOver(e, log.routine.fn, u.takeOf[id].lock) >= 0 {
			return false
		}
	}
	return held
}

// waitsInLoop reports whether the next turn of a loop comes to the same call with
// the lock held.
func (u *unit) waitsInLoop(id takeID, log *record) bool {
	return slices.ContainsFunc(log.relocks, func(again relocking) bool {
		return again.waits && again.running == nil && again.call == u.takes[id] && slices.Contains(again.by, id)
	})
}

// letsGo reports whether a lock of a class may be released by who has not taken
// it: a function does that, or might, or somebody has the lock's address.
func (p *Package) letsGo(at place) bool {
	facts := p.lockFacts
	if facts.lent == nil {
		facts.lent = make(map[types.Object]bool)
		for _, file := range p.Files {
			p.noteLent(file)
		}
	}
	of := at.class.of
	if facts.lent[of] || isGlobal(at.Root) && facts.lent[at.Root] || len(facts.handed[of]) > 0 {
		return true
	}
	for _, u := range facts.of {
		if u.releasesOthers(of) {
			return true
		}
	}
	return false
}

// noteLent notes the variables and fields whose address, or whose method as a
// value, is handed on.
func (p *Package) noteLent(file *ast.File) {
	called := make(map[ast.Expr]bool)
	c := &unit{pkg: p}
	p.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			called[ast.Unparen(n.Fun)] = true
			if p.calls(n, "sync", "NewCond") && len(n.Args) == 1 && p.condLocksAlone() {
				called[ast.Unparen(n.Args[0])] = true
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && !called[n] {
				p.lockFacts.lent[p.variable(n.X)] = true
			}
		case *ast.SelectorExpr:
			if _, ok := p.lockMethod(n); ok && !called[n] {
				p.lockFacts.lent[c.classOf(n).of] = true
			}
		}
		return true
	})
}

// variable returns the variable or field that an expression names, nil if none.
func (p *Package) variable(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return p.Use(e)
	case *ast.SelectorExpr:
		if v, ok := p.Use(e.Sel).(*types.Var); ok {
			return v.Origin()
		}
	}
	return nil
}

// condLocksAlone reports whether the package never names the lock of a sync.Cond by
// its field L: who has the Cond then leaves the lock as it was.
func (p *Package) condLocksAlone() bool {
	return p.Keep(condLocksKey{}, func() any {
		named := false
		for _, file := range p.Files {
			p.Inspect(file, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					v, isVar := p.Use(sel.Sel).(*types.Var)
					named = named || isVar && isCondLocker(v)
				}
				return !named
			})
		}
		return !named
	}).(bool)
}

type condLocksKey struct{}
