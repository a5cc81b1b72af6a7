package sharing

// Early reports whether an access is made before anybody else can reach the
// variable: while the object is made, or the package is.
func (f *Facts) Early(a *Access) bool {
	return a.fn.initialises() || f.ownerOf(a) == Own
}

// Alone reports whether all accesses are made on one and the same goroutine, so
// that what they do is in order.
func (f *Facts) Alone(accesses []*Access) bool {
	for _, a := range accesses {
		if !f.oneGoroutine(accesses[0].fn, a.fn) {
			return false
		}
	}
	return true
}
