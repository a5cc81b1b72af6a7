package facts

import (
	"go/ast"
	"slices"
)

// HelperCalls returns what a call of a function of the program does to locks
// that have a name where it stands: those with which it returns, those that it
// releases for its caller, and those that it takes although its caller holds
// them. It is cheap where that is nothing.
func (p *Package) HelperCalls(call *ast.CallExpr) []LockCall {
	facts := p.locks()
	if facts.helpers == nil {
		facts.helpers = make(map[*ast.CallExpr][]LockCall)
		for fn, u := range facts.of {
			u.helperCalls(fn, facts.helpers)
		}
	}
	return facts.helpers[call]
}

// helperCalls collects the calls that stand in one function of the unit.
func (u *unit) helperCalls(fn ast.Node, all map[*ast.CallExpr][]LockCall) {
	add := func(does LockCall) {
		same := func(o LockCall) bool { return o.Lock == does.Lock && o.Op == does.Op }
		if !slices.ContainsFunc(all[does.Call], same) {
			all[does.Call] = append(all[does.Call], does)
		}
	}
	if fn == u.root {
		for id, site := range u.takeOf {
			if site.helper {
				add(LockCall{Call: u.takes[id], Lock: u.locks[site.lock].Lock, Op: Acquire, Read: site.lock.read()})
			}
		}
		for _, does := range u.helped {
			add(does)
		}
	}
	for call, found := range u.routines[fn].done.unlocks {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && u.pkg.syncReceiver(sel) != "" {
			continue
		}
		add(LockCall{Call: call, Lock: u.locks[found.id].Lock, Op: Release, Read: found.id.read()})
	}
	for _, again := range u.pkg.Rereads(fn) {
		if len(again.Chain) > 0 {
			add(again.LockCall)
		}
	}
	for _, again := range u.pkg.Relocks(fn) {
		if len(again.Chain) > 0 {
			add(again.LockCall)
		}
	}
}
