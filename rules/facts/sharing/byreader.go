package sharing

// byReader reports whether a goroutine of the package reads, in the one function that does
// without the guard, what several functions write, all of them under it and not all on the
// same goroutine. However long it has waited before: the writes go on.
//
//	func (c *Cluster) sync() {
//		for range c.tick.C {
//			wait(scale(len(c.members)))
func (f *Facts) byReader(u Unguarded) bool {
	if u.Write || u.Guard.Thin || !u.Guard.exact() || !f.onlyOneBare(u) || !f.Changing(u) || !f.onlyStarted(u.fn) {
		return false
	}
	for _, b := range u.Guard.Holding {
		if conflicts(u.Access, b) && !f.early(b) && f.elsewhereToo(b.fn, u.fn) {
			return true
		}
	}
	return false
}

// onlyStarted reports whether a function only ever runs on goroutines that are seen.
func (f *Facts) onlyStarted(fn *function) bool {
	roots := f.rootsOf(fn)
	for _, root := range roots {
		if root.Outside() || f.funcs[root.Start] != nil {
			return false
		}
	}
	return len(roots) > 0
}

// elsewhereToo reports whether a function also runs where another does not.
func (f *Facts) elsewhereToo(fn, other *function) bool {
	mine := map[Root]bool{}
	for _, root := range f.rootsOf(fn) {
		mine[root] = true
	}
	for _, root := range f.rootsOf(other) {
		delete(mine, root)
	}
	return len(mine) > 0
}
