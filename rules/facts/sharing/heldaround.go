package sharing

import (
	"go/ast"
)

// enterStarted returns what a goroutine finds when it begins: no locks, unless the function
// that starts it waits for its end on every way out, with locks that all its callers hold, or
// that it holds itself when it waits: then these keep all others away from the goroutine.
//
//	func (s *S) fill(keys []string) {     // all callers hold s.mu
//		var wg sync.WaitGroup
//		for _, key := range keys {
//			wg.Go(func() { use(s.items[key]) })
//		}
//		wg.Wait()
//	}
//
// They do not keep goroutines of one loop away from each other, if these write. The same goes
// for locks of which the function only says that its callers hold them.
func (f *Facts) enterStarted(fn, home *function, at ast.Node) context {
	if !f.settled || home == nil || at == nil || fn.elsewhere {
		return free
	}
	here := f.stateAt(home, at)
	said := !here.known && home.obj != nil && home.says()
	if !said && (!here.known || len(here.locks) == 0) || (fn.many || f.loops(home, at)) && f.writesIn(fn) {
		return free
	}
	flow := f.pkg.Flow(home.node)
	start, ok := flow.At(at)
	joins := f.joins(home, fn)
	if !ok || !fn.joined && f.leads(flow, start, nil, joins) {
		return free
	}
	if said {
		return unknown // a lock that its callers hold, or alone
	}
	locks := here.locks
	for _, block := range flow.Blocks {
		for _, n := range block.Nodes {
			if joins(n) {
				locks = locks.both(f.stateAt(home, n).locks)
			}
		}
	}
	if len(locks) == 0 {
		return free
	}
	return context{locks: locks, known: true}
}

// writesIn reports whether a function itself writes a variable that others can reach.
func (f *Facts) writesIn(fn *function) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if a := f.at[e]; ok && a != nil && a.Write {
			found = true
		}
		return !found
	})
	return found
}
