package sharing

import (
	"cmp"
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
		if !f.atEnd(a, end) || f.heldOpen(a, end) {
			continue
		}
		for _, lock := range f.writeLocksAt(end) {
			if u, ok := f.clearedUnder(a, end, lock); ok {
				return u, true
			}
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

// atEnd reports whether an access sets the variable of another one to nil when the object ends.
func (f *Facts) atEnd(a, end *Access) bool {
	top := end.fn.outermost()
	return end.Write && f.clears(end) && endName.MatchString(upperFirst(top.name())) && top != a.fn && !f.early(end) && !f.lastReleases(end)
}

// writeLocksAt returns the locks that are held at an access to write, in the order of their declarations.
func (f *Facts) writeLocksAt(a *Access) (all []types.Object) {
	for lock, exclusive := range f.stateAt(a.fn, a.Expr).locks {
		if exclusive {
			all = append(all, lock)
		}
	}
	slices.SortFunc(all, func(x, y types.Object) int { return cmp.Compare(x.Pos(), y.Pos()) })
	return all
}

// clearedUnder returns an access that stands behind the unlock of a lock of the object which all who
// write the variable hold.
func (f *Facts) clearedUnder(a, end *Access, lock types.Object) (Unguarded, bool) {
	g := &Guard{Lock: lock, Without: []*Access{a}}
	if !f.siblings(a.Var, lock) || !f.alwaysWrittenUnder(a.Var, g) {
		return Unguarded{}, false
	}
	g.All = len(g.Holding) + 1
	u := Unguarded{Access: a, Guard: g, With: end, Gone: true}
	taken := func(at ast.Node) bool { return at.Pos() < a.Expr.Pos() }
	return u, f.nameable(u) && f.ofReceiver(u) && f.released(a.fn, a.Expr, lock) && f.takesHere(a.fn, lock, taken)
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
