package sharing

import "go/ast"

// StartedUnder returns the go statement by which a function that holds the guard itself starts
// the goroutine of an access, if it waits before it lets go: maybe for the goroutine, which would
// wait for the lock; so does one who gives it to a function that starts it, and waits for it.
//
//	m.mu.Lock()
//	defer m.mu.Unlock()
//	for id := range ids {
//		wg.Go(func() { m.open[id] = dial(id) })
//	}
//	wg.Wait()
func (f *Facts) StartedUnder(u Unguarded) ast.Node {
	for fn := u.fn; fn != nil && fn.around != nil; fn = fn.around {
		if fn.runs == started && f.holdsGuard(fn.around, fn.at, u) && (fn.joined || f.waitsHolding(fn.around, fn.at, u)) {
			return fn.at
		}
	}
	return nil
}

// holdsGuard reports whether a function itself may hold the guard at a node.
func (f *Facts) holdsGuard(fn *function, at ast.Node, u Unguarded) bool {
	state := f.pkg.LocksAt(fn.node, at)
	_, held := f.lockset(state.Held)[u.Guard.Lock]
	return held
}

// waitsHolding reports whether a function waits, behind a node, with the guard held.
func (f *Facts) waitsHolding(fn *function, behind ast.Node, u Unguarded) bool {
	for _, block := range f.pkg.Flow(fn.node).Blocks {
		for _, n := range block.Nodes {
			if n.Pos() > behind.End() && f.waitsIn(n) && f.holdsGuard(fn, n, u) {
				return true
			}
		}
	}
	return false
}
