package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// heldOpen reports whether the end of an object cannot come while a use of it goes on: the two hold a
// lock, the end waits for what the user tells, or it is the user who ends what it has set.
//
//	c.users.Add(1) // with c.mu held; Close says c.users.Wait() before it sets c.conn to nil
//	c.mu.Unlock()
//	defer c.users.Done()
//	c.conn.Write(p)
func (f *Facts) heldOpen(a, end *Access) bool {
	if len(f.stateAt(a.fn, a.Expr).locks.both(f.stateAt(end.fn, end.Expr).locks)) > 0 || f.oneGoroutine(a.fn, end.fn) {
		return true
	}
	return f.endWaitsFor(a, end) || f.endAsksFor(a, end) || f.endsItself(a, end)
}

// endWaitsFor reports whether what ends an object, or who calls it, waits for a signal that the user
// gives: the count of a group, a condition variable, a place in a channel.
func (f *Facts) endWaitsFor(a, end *Access) bool {
	top := end.fn.outermost()
	ends := []*function{top, end.fn}
	for _, s := range top.sites {
		if s.in != nil && s.in.outermost() != a.fn.outermost() {
			ends = append(ends, s.in)
		}
	}
	waits := func(key types.Object) bool {
		return slices.ContainsFunc(ends, func(end *function) bool { return len(f.signalsOf(end).waits[key]) > 0 })
	}
	users := map[*function]bool{}
	f.reach(a.fn, 2, users)
	for fn := range users {
		for key := range f.signalsOf(fn).gives {
			if key != a.Var && waits(key) {
				return true
			}
		}
	}
	return false
}

// endAsksFor reports whether what ends an object asks, before it does so, for a field that the user has set.
//
//	s.busy = true // with s.mu held; Close says if s.busy { return errBusy }
func (f *Facts) endAsksFor(a, end *Access) (asks bool) {
	f.pkg.Inspect(end.fn.body(), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || test.Pos() > end.Expr.Pos() {
			return !asks
		}
		f.pkg.Inspect(test.Cond, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			asks = asks || ok && f.at[e] != nil && f.at[e].Var != a.Var && f.marksUse(a, f.at[e].Var)
			return !asks
		})
		return !asks
	})
	return asks
}

func (f *Facts) marksUse(a *Access, v *types.Var) bool {
	return v.IsField() && slices.ContainsFunc(f.accesses[v], func(b *Access) bool {
		return b.Write && b.fn.outermost() == a.fn.outermost() && b.Expr.Pos() < a.Expr.Pos()
	})
}

// endsItself reports whether nobody ends an object but the function that uses and has set it.
//
//	s.mu.Lock()
//	s.conn = conn
//	s.mu.Unlock()
//	defer s.stop() // sets s.conn to nil
func (f *Facts) endsItself(a, end *Access) bool {
	top := end.fn.outermost()
	if top.public || len(top.sites) == 0 {
		return false
	}
	elsewhere := slices.ContainsFunc(top.sites, func(s site) bool { return s.in == nil || s.in.outermost() != a.fn.outermost() })
	return !elsewhere && slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		return b.Write && b.fn.outermost() == a.fn.outermost() && !f.clears(b)
	})
}
