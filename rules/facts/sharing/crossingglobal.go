package sharing

import (
	"cmp"
	"go/types"
	"slices"
)

// findGlobals finds the races between a goroutine of the package that writes one of its
// variables, again and again or from init on, and its exported functions, which other
// packages call when they like.
//
//	func init() { go func() { for { load = measure(); time.Sleep(every) } }() }
//	func Load() float64 { return load }
func (f *Facts) findGlobals() {
	if f.pkg.Types.Name() == "main" {
		return
	}
	running := f.runningGlobals()
	if len(running) == 0 {
		return
	}
	for _, m := range f.order {
		if m.obj == nil || m.test || !m.public || f.namedEarly(m) || m.byContract() || !f.namedOutside(m) {
			continue
		}
		told := map[place]bool{}
		for _, p := range f.passagesOf(m) {
			if told[p.at] || p.by != nil || p.waited || p.at.root.Kind() != types.PackageVar {
				continue
			}
			for _, r := range running[p.at] {
				told[p.at] = told[p.at] || f.crossing(m, p, r, false, f.doubtful(m, p, r))
			}
		}
	}
}

// namedOutside reports whether other packages can name a function.
func (f *Facts) namedOutside(m *function) bool {
	if m.obj.Signature().Recv() == nil {
		return true
	}
	named := pointedNamed(m.obj.Signature().Recv().Type())
	return named != nil && named.Exported()
}

// runningGlobals returns the writes of package variables that goroutines make, by what
// they write.
func (f *Facts) runningGlobals() map[place][]running {
	all := map[place][]running{}
	for _, fn := range f.order {
		if fn.obj == nil || fn.test || !f.startsLiteral(fn) && !f.startsNamed(fn) || f.waitsItself(fn) {
			continue
		}
		add := func(at place, r running) {
			if at.root.Kind() == types.PackageVar && r.access.Write && !r.waitedFirst(f) && (fn.initialises() || f.endless(r.goroutine, r.access)) {
				all[at] = append(all[at], r)
			}
		}
		for _, c := range f.callsOf(fn) {
			for _, p := range f.passagesOf(c.callee) {
				if r, ok := f.runningCall(fn, c, p); ok {
					add(p.at, r)
				}
			}
		}
		for at, accesses := range f.accessesByPlace()[fn] {
			for _, a := range accesses {
				if w, ok := f.wayTo(fn, a.fn, a.Expr); ok && w.by != nil && !a.fn.once && !a.Address && !f.excused(a) {
					add(at, running{passage: passage{at: at, access: a, locks: f.borrowed(a, w.locks), sure: w.sure, by: w.by, waited: w.waited}, launcher: fn, goroutine: w.by})
				}
			}
		}
	}
	for _, of := range all {
		slices.SortStableFunc(of, func(a, b running) int { return cmp.Compare(a.access.Expr.Pos(), b.access.Expr.Pos()) })
	}
	return all
}

// runningCall returns what a function does that a goroutine of another runs, or calls.
func (f *Facts) runningCall(fn *function, c outgoing, p passage) (r running, ok bool) {
	p.locks = f.locksThrough(p.locks, c)
	if c.site.runs == started {
		return running{passage: p, launcher: fn, goroutine: c.callee}, true
	}
	w, known := f.wayTo(fn, c.site.in, c.site.stmt)
	if c.site.runs != inPlace || !known || w.by == nil || p.by != nil {
		return r, false
	}
	p.locks, p.sure, p.by, p.waited = p.locks.with(w.locks), p.sure && w.sure, w.by, p.waited || w.waited
	return running{passage: p, launcher: fn, goroutine: w.by}, true
}

// waitedFirst reports whether the goroutine has been told to go on by somebody, who may
// know what it is about to write.
func (r running) waitedFirst(f *Facts) bool { return r.waited && !f.workedOff(r.goroutine, r.passage) }
