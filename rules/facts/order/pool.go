package order

// A pool gives refs that are equal one place in memory: most arguments of a
// program are a few receivers, or nothing that has a name, and the sketches of all
// packages are alive at once.
type pool map[Ref]*Ref

// of returns the one that is equal to r, which nobody may change.
func (p pool) of(r Ref) *Ref {
	one, ok := p[r]
	if !ok {
		one = &r
		p[r] = one
	}
	return one
}
