package sharing

// ToldUnguarded reports whether one of the two accesses of a race holds the guard of the variable,
// and the other is told of as one that does not: it is the same mistake. content says that it is
// what a map holds that lacks the guard.
func (f *Facts) ToldUnguarded(r Race) (content, ok bool) {
	if r.At.Var != r.With.Var {
		return false, false
	}
	if r.At == r.With {
		return f.bare(r.At)
	}
	if content, ok = f.bareBeside(r.With, r.At); ok {
		return content, true
	}
	return f.bareBeside(r.At, r.With)
}

// bareBeside reports whether an access surely lacks the guard that another one holds.
func (f *Facts) bareBeside(a, guarded *Access) (content, bare bool) {
	u, ok := f.unguarded(a)
	if !ok {
		return false, false
	}
	if _, held := f.stateAt(guarded.fn, guarded.Expr).locks[u.Guard.Lock]; !held {
		return false, false
	}
	return f.bare(a)
}

// bare reports whether an access surely lacks the guard of its variable: with that it would be
// apart from itself on another goroutine, too.
func (f *Facts) bare(a *Access) (content, bare bool) {
	u, ok := f.unguarded(a)
	if !ok || f.generated(a.Expr) || f.lockItself(u.Guard.Lock) {
		return false, false
	}
	if u.Content && !u.Object {
		return true, f.CertainOfMap(u)
	}
	return false, f.certain(u)
}

// ToldUnderRead reports whether a race is of a write that holds the guard to read only, and of another
// access that holds that as well: with the lock held to write the two would be apart.
func (f *Facts) ToldUnderRead(r Race) bool {
	for _, at := range [][2]*Access{{r.At, r.With}, {r.With, r.At}} {
		guard, _, ok := f.WrittenUnderRead(at[0].Expr)
		if !ok {
			continue
		}
		if _, held := f.stateAt(at[1].fn, at[1].Expr).locks[guard]; held {
			return true
		}
	}
	return false
}
