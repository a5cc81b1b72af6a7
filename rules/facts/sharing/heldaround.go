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
// They do not keep goroutines of one loop away from each other, if these write what a lock can
// guard. Where they write local variables of the function alone, the locks are good for reading
// the rest. The same goes for locks of which the function only says that its callers hold them.
func (f *Facts) enterStarted(fn, home *function, at ast.Node) context {
	if !f.settled || home == nil || at == nil || fn.elsewhere {
		return free
	}
	here := f.stateAt(home, at)
	said := !here.known && home.obj != nil && home.says()
	crowd := fn.many || f.loops(home, at)
	if !said && (!here.known || len(here.locks) == 0) || crowd && f.writesIn(fn, reachedByAll) {
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
	if !fn.joined {
		locks = f.heldUntilJoined(home, joins, locks)
	}
	if len(locks) == 0 {
		return free
	}
	if crowd && f.writesIn(fn, func(*Access) bool { return true }) {
		locks = locks.toRead()
	}
	return context{locks: locks, known: true}
}

// heldUntilJoined returns those of some locks that a function holds wherever it may wait.
func (f *Facts) heldUntilJoined(home *function, joins func(ast.Node) bool, locks lockset) lockset {
	for _, block := range f.pkg.Flow(home.node).Blocks {
		for _, n := range block.Nodes {
			if joins(n) {
				locks = locks.both(f.stateAt(home, n).locks)
			}
		}
	}
	return locks
}

// toRead returns the locks as they are for who holds them to read.
func (s lockset) toRead() lockset {
	read := lockset{}
	for class := range s {
		read[class] = false
	}
	return read
}

// reachedByAll reports whether an access is one of a field or of a variable of the package,
// which others have, too, than the goroutines of one call.
func reachedByAll(a *Access) bool {
	return a.Var.IsField() || a.Var.Pkg() != nil && a.Var.Parent() == a.Var.Pkg().Scope()
}

// writesIn reports whether a function itself writes one of the variables that others can reach.
func (f *Facts) writesIn(fn *function, counts func(*Access) bool) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if a := f.at[e]; ok && a != nil && a.Write && counts(a) {
			found = true
		}
		return !found
	})
	return found
}
