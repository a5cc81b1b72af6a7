package sharing

// ToldUnguarded reports whether one of the two accesses of a race holds the guard of the variable,
// and the other is told of as one that does not: it is the same mistake.
func (f *Facts) ToldUnguarded(r Race) bool {
	if r.At == r.With || r.At.Var != r.With.Var {
		return false
	}
	return f.bareBeside(r.With, r.At) || f.bareBeside(r.At, r.With)
}

// bareBeside reports whether an access surely lacks the guard that another one holds.
func (f *Facts) bareBeside(a, guarded *Access) bool {
	u, ok := f.unguarded(a)
	if !ok || f.generated(a.Expr) || f.lockItself(u.Guard.Lock) {
		return false
	}
	if _, held := f.stateAt(guarded.fn, guarded.Expr).locks[u.Guard.Lock]; !held {
		return false
	}
	if u.Content && !u.Object {
		return f.CertainOfMap(u)
	}
	return f.certain(u)
}
