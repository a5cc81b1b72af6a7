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
// They do not keep goroutines of one loop away from each other, if these write.
func (f *Facts) enterStarted(fn, home *function, at ast.Node) context {
	if !f.settled || home == nil || at == nil || fn.elsewhere {
		return free
	}
	here := f.stateAt(home, at)
	if !here.known || len(here.locks) == 0 || (fn.many || f.loops(home, at)) && f.writesIn(fn) {
		return free
	}
	flow := f.pkg.Flow(home.node)
	start, ok := flow.At(at)
	joins := f.joins(home, fn)
	if !ok || !fn.joined && f.leads(flow, start, nil, joins) {
		return free
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
	ast.Inspect(fn.body(), func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if a := f.at[e]; ok && a != nil && a.Write {
			found = true
		}
		return !found
	})
	return found
}
