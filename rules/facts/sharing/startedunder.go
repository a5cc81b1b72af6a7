package sharing

import "go/ast"

// StartedUnder returns the go statement by which a function that holds the guard itself starts
// the goroutine of an access, if it may wait: for the goroutine, which would wait for the lock.
//
//	m.mu.Lock()
//	defer m.mu.Unlock()
//	for id := range ids {
//		wg.Go(func() { m.open[id] = dial(id) })
//	}
//	wg.Wait()
func (f *Facts) StartedUnder(u Unguarded) ast.Node {
	for fn := u.fn; fn != nil && fn.around != nil; fn = fn.around {
		if fn.runs != started || !f.mayWait(fn.around) {
			continue
		}
		state := f.pkg.LocksAt(fn.around.node, fn.at)
		if _, held := f.lockset(state.Held)[u.Guard.Lock]; held || state.Doubt {
			return fn.at
		}
	}
	return nil
}
