package facts

import (
	"go/ast"
	"slices"
)

// LockCalls returns what a call does to locks that have a name where it stands,
// at any time while it runs: for a call of a lock's method that one operation,
// for a call of a function of the program the locks that it takes, and those
// that it releases for its caller. fn is the function that the call stands in,
// an *ast.FuncDecl or *ast.FuncLit.
func (p *Package) LockCalls(fn ast.Node, call *ast.CallExpr) []LockCall {
	u := p.locks().of[fn]
	if u == nil {
		return nil
	}
	i := slices.IndexFunc(u.sites, func(s callSite) bool { return s.call == call })
	if i < 0 {
		return nil
	}
	p.closeTakes()
	site := &u.sites[i]
	if site.method != nil {
		return u.methodCall(site)
	}
	var all []LockCall
	for _, callee := range site.fns {
		for _, t := range p.calleeTakes(callee) {
			if at, ok := u.local(call, t.ref); ok && t.op == Acquire {
				all = append(all, LockCall{Call: call, Lock: at.Lock, Op: Acquire, Read: t.read})
			}
		}
		effects, _, _ := p.knownEffects(callee)
		for _, e := range effects {
			op, sure := Release, e.Does == Releases
			if e.Does == Acquires {
				op, sure = Acquire, true
			}
			if at, ok := u.local(call, e.Ref); ok && sure {
				all = append(all, LockCall{Call: call, Lock: at.Lock, Op: op, Read: e.Read})
			}
		}
	}
	return all
}

func (u *unit) methodCall(site *callSite) []LockCall {
	at, ok := u.receiver(ast.Unparen(site.call.Fun).(*ast.SelectorExpr))
	if !ok {
		return nil
	}
	return []LockCall{{Call: site.call, Lock: at.Lock, Op: site.method.op, Read: site.method.read || at.read}}
}

// HelperCall returns the function that a call stands in, if it is a call of a
// function of the program that has to do with locks, in a function whose locks
// are followed. It is cheap where the answer is no.
func (p *Package) HelperCall(call *ast.CallExpr) (fn ast.Node, ok bool) {
	facts := p.locks()
	if facts.helpers == nil {
		facts.helpers = make(map[*ast.CallExpr]ast.Node)
		for root, u := range facts.of {
			if root != u.root {
				continue
			}
			for _, site := range u.sites {
				if site.method == nil {
					facts.helpers[site.call] = site.home
				}
			}
		}
	}
	fn = facts.helpers[call]
	return fn, fn != nil
}
