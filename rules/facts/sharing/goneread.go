package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// goneRead says what is wrong with a use of what a field points to, behind the unlock of a lock
// under which the object's end sets the field to nil: whatever the section has made sure of, the
// end can come right behind it.
//
//	b.mu.Lock()
//	err := b.read()
//	b.mu.Unlock()
//	b.conn.Topic() // Close has set b.conn to nil, with b.mu held
func (f *Facts) goneRead(a *Access) (Unguarded, bool) {
	if a.Write || a.Atomic || a.Address || a.Content || !a.Var.IsField() || !pointsAway(a.Var.Type()) || !f.inUse(a) {
		return Unguarded{}, false
	}
	for _, end := range f.accesses[a.Var] {
		u, ok := f.clearedBy(a, end)
		if ok && f.ofReceiver(u) && f.released(a.fn, a.Expr, u.Guard.Lock) && f.takesHere(a.fn, u.Guard.Lock, func(at ast.Node) bool { return at.Pos() < a.Expr.Pos() }) {
			return u, true
		}
	}
	return Unguarded{}, false
}

func pointsAway(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// inUse reports whether an exported method reaches through its field without a look whether that
// is still there, while others can be at work.
func (f *Facts) inUse(a *Access) bool {
	fn := a.fn
	if !fn.public || fn.test || fn.once || fn.obj == nil || fn.obj.Signature().Recv() == nil || fn.byContract() || endName.MatchString(fn.name()) {
		return false
	}
	return f.reachesThrough(a) && !f.looksFirst(a) && !f.early(a) && !f.excused(a) && !f.confined(a.Var)
}

// reachesThrough reports whether an access is for a field or method of what its variable points to.
func (f *Facts) reachesThrough(a *Access) (through bool) {
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		through = through || ok && sel.X == a.Expr
		return !through
	})
	return through
}

// looksFirst reports whether the function of an access compares the variable with nil without a
// lock, too.
func (f *Facts) looksFirst(a *Access) bool {
	return slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		return b.fn == a.fn && len(f.stateAt(b.fn, b.Expr).locks) == 0 && f.asksPresence(b)
	})
}

// clearedBy returns the access beside one that sets the variable to nil when the object ends, under
// the one lock of the object that all who write it hold.
func (f *Facts) clearedBy(a, end *Access) (Unguarded, bool) {
	top := end.fn.outermost()
	if !end.Write || !f.clears(end) || !endName.MatchString(upperFirst(top.name())) || top == a.fn || f.early(end) || f.lastReleases(end) {
		return Unguarded{}, false
	}
	for lock, exclusive := range f.stateAt(end.fn, end.Expr).locks {
		g := &Guard{Lock: lock, Without: []*Access{a}}
		if exclusive && f.siblings(a.Var, lock) && f.alwaysWrittenUnder(a.Var, g) {
			g.All = len(g.Holding) + 1
			u := Unguarded{Access: a, Guard: g, With: end, Gone: true}
			return u, f.nameable(u)
		}
	}
	return Unguarded{}, false
}

// alwaysWrittenUnder reports whether all writes of a variable hold a lock when others can be at work; it
// notes them in the guard.
func (f *Facts) alwaysWrittenUnder(v *types.Var, g *Guard) bool {
	for _, b := range f.accesses[v] {
		state, counts := f.counts(b)
		if !counts || !b.Write || f.early(b) {
			continue
		}
		if !state.locks[g.Lock] {
			return false
		}
		g.Holding = append(g.Holding, b)
	}
	return len(g.Holding) > 0
}
