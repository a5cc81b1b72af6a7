package sharing

import "slices"

// A goroutine of an object that writes a field in its loop is at work at any time, mostly. Beside
// a method that gives the field a value of its own, there may be none: who calls that himself does the
// work of the goroutine in its place, or before it begins.
//
//	func (r *Reader) Read() error  { r.info = load(r.path); … }
//	func (r *Reader) Watch()       { go func() { for range r.events { r.Update() } }() }
//	func (r *Reader) Update()      { r.info = load(r.path) }

// inPlaceOf reports whether all that says that a goroutine is at work when a method is called is
// the loop in which it writes, and the method may be called in place of it, or before.
func (f *Facts) inPlaceOf(m *function, p passage, r running) bool {
	return !f.surelyAlive(m, p.access, r) && r.access.Write && (f.overwrites(p.access) || f.worksAlone(m, r))
}

// worksAlone reports whether a method is where the goroutine makes its access, and the package calls
// it nowhere else.
func (f *Facts) worksAlone(m *function, r running) bool {
	return r.access.fn.outermost() == m && f.isPartOf(m, r.goroutine) && !slices.ContainsFunc(f.realSites(m), func(s site) bool {
		return s.in == nil || !s.in.test && !within(r.goroutine.node, s.stmt)
	})
}
