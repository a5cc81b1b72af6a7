package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// invocationsOf returns the calls, with locks held, of what a function of this or an
// imported package is given.
func (p *Package) invocationsOf(fn *types.Func) []Invocation {
	if p.callGraph.nodes[fn] != nil {
		return p.invocations(fn, nil)
	}
	if s := p.Imports.summary(fn); s != nil {
		return s.Calls
	}
	return nil
}

// callsBack returns what the packages that import this one must know of a function
// that they hand something over to: what happens to it with a lock held.
func (p *Package) callsBack(n *callNode) []Invocation {
	if !n.fn.Exported() || !takesCallable(n.fn) {
		return nil
	}
	p.locks()
	var all []Invocation
	for _, back := range p.invocations(n.fn, nil) {
		if len(back.Held) > 0 {
			all = append(all, back)
		}
	}
	return append(all, p.keptInvocations()[n.fn]...)
}

// takesCallable reports whether a function has a parameter that can be called.
func takesCallable(fn *types.Func) bool {
	for v := range fn.Signature().Params().Variables() {
		switch t := v.Type().Underlying().(type) {
		case *types.Signature:
			return true
		case *types.Interface:
			if t.NumMethods() > 0 {
				return true
			}
		}
	}
	return false
}

type keptInvocationsKey struct{}

// keptInvocations returns, by the functions that put a parameter away, the calls of
// what they have put away that are made with a lock held.
func (p *Package) keptInvocations() map[*types.Func][]Invocation {
	return p.Keep(keptInvocationsKey{}, func() any {
		all := make(map[*types.Func][]Invocation)
		p.eachKeptCall(func(b *backFinder, u *unit, home ast.Node, kept keptCall) bool {
			for fn, registrars := range p.registrars() {
				for _, r := range registrars {
					if back, ok := b.registered(u, home, kept, fn, r); ok {
						all[fn] = append(all[fn], back)
					}
				}
			}
			return true
		})
		for fn := range all {
			slices.SortFunc(all[fn], func(a, b Invocation) int { return a.At.compare(b.At) })
		}
		return all
	}).(map[*types.Func][]Invocation)
}

// registered returns the call of what a registrar has put away, as a call of the
// registrar names the locks.
func (b *backFinder) registered(u *unit, home ast.Node, kept keptCall, fn *types.Func, r registrar) (Invocation, bool) {
	if r.keeping != kept.keeping {
		return Invocation{}, false
	}
	back := Invocation{Param: r.param, Method: kept.method, Kept: true, At: b.pkg.position(kept.call.Pos())}
	for _, h := range b.heldAt(u, home, kept.call) {
		class := u.locks[u.lockIDs[h.Lock]].class
		if slices.Contains(kept.released, class.of) {
			continue
		}
		if lock, ok := moved(h.Lock, kept.owner, r.owner.Lock); ok {
			if ref := b.pkg.refOfLock(fn, lock, class); ref.Arg != Nowhere {
				back.Held = append(back.Held, HeldRef{ref, h.Read, b.pkg.position(h.By[0].Pos())})
			}
		}
	}
	return back, len(back.Held) > 0
}

// refOfLock names a lock as callers of a function do.
func (p *Package) refOfLock(fn *types.Func, lock Lock, class lockClass) Ref {
	ref := refOf(fn, lock)
	if isGlobal(lock.Root) {
		ref = Ref{Arg: Global, Global: lock.Root.Pkg().Path() + "." + lock.Root.Name(), Path: lock.Path}
	}
	ref.Class, ref.Kind, ref.Shared = p.ClassOf(class.of), class.kind, class.shared
	return ref
}
