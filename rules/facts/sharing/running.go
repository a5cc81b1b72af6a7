package sharing

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A running is an access that a goroutine of an object makes: one that a method
// of the object, or what makes it, has started.
type running struct {
	passage
	field     fieldOf
	launcher  *function // the declared function with the go statement
	goroutine *function // what that runs
	late      bool      // behind a wait, of which only who calls a method meanwhile knows whether it is over
}

// A fieldOf is a field by the type that it is reached from.
type fieldOf struct {
	of   *types.TypeName
	path string
}

// runningAt returns what goroutines do to the field that a passage is about; of a struct
// that is copied or replaced as a whole, to its parts too, and of a part, to the whole.
func (f *Facts) runningAt(at map[fieldOf][]running, p passage) []running {
	field := fieldAt(p.at)
	all := at[field]
	if field.of == nil || p.access.Content || p.access.Element || p.access.Address {
		return all
	}
	var others []fieldOf
	for other := range at {
		short, long := field, other
		if len(short.path) > len(long.path) {
			short, long = long, short
		}
		if way, below := strings.CutPrefix(long.path, short.path+"."); other.of == field.of && below && f.holdsPart(field.of, short.path, way) {
			others = append(others, other)
		}
	}
	slices.SortFunc(others, func(a, b fieldOf) int { return cmp.Compare(a.path, b.path) })
	for _, other := range others {
		all = slices.Concat(all, slices.DeleteFunc(slices.Clone(at[other]), func(r running) bool {
			a := r.access
			return a.Content || a.Element || a.Address
		}))
	}
	return all
}

// holdsPart reports whether a way of field names leads on from the field that a path names to
// memory of the same struct.
func (f *Facts) holdsPart(of *types.TypeName, path, way string) bool {
	t := of.Type()
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "."), ".") {
		obj, _, _ := types.LookupFieldOrMethod(t, true, f.pkg.Types, name)
		field, ok := obj.(*types.Var)
		if !ok {
			return false
		}
		t = field.Type()
	}
	return isStruct(t) && f.partly(t, way)
}

// running returns the accesses of goroutines by what they access.
func (f *Facts) running() map[fieldOf][]running {
	all := map[fieldOf][]running{}
	for _, fn := range f.order {
		if fn.obj == nil || fn.test || !f.startsLiteral(fn) && !f.startsNamed(fn) || countsForCaller(fn) {
			continue
		}
		if f.waitsItself(fn) {
			f.addLate(fn, all)
			continue // who starts a goroutine and waits may wait for its end
		}
		for _, c := range f.callsOf(fn) {
			f.runningThrough(c, fn, all)
		}
		for at, accesses := range f.accessesByPlace()[fn] {
			for _, a := range accesses {
				if a.fn == fn {
					continue // not on a goroutine
				}
				if w, ok := f.wayTo(fn, a.fn, a.Expr); ok && w.by != nil && !within(w.by.node, &ast.Ident{NamePos: at.root.Pos()}) && !a.fn.once && !a.Address && !f.excused(a) {
					p := passage{at: at, access: a, locks: f.borrowed(a, w.locks), sure: w.sure, by: w.by, waited: w.waited || f.farBefore(a)}
					r := running{passage: p, field: fieldAt(at), launcher: fn, goroutine: w.by}
					f.addRunning(r, fn.obj.Signature().Recv(), all)
				}
			}
		}
	}
	f.addLoops(all)
	for _, of := range all {
		slices.SortStableFunc(of, func(a, b running) int { return cmp.Compare(a.access.Expr.Pos(), b.access.Expr.Pos()) })
	}
	return all
}

// countsForCaller reports whether a function gets a group in which its goroutines are
// counted: it is the caller who waits for their end.
func countsForCaller(fn *function) bool {
	for param := range fn.obj.Signature().Params().Variables() {
		if facts.TypeIs(param.Type(), "*sync.WaitGroup", "*golang.org/x/sync/errgroup.Group") {
			return true
		}
	}
	return false
}

// startsNamed reports whether a function, or a literal in it, starts a declared
// function on a goroutine.
func (f *Facts) startsNamed(fn *function) bool {
	return slices.ContainsFunc(f.callsOf(fn), func(c outgoing) bool { return c.site.runs == started })
}

// runningThrough adds what a goroutine does that runs the function that a call
// names, or a literal in which the call stands.
func (f *Facts) runningThrough(c outgoing, launcher *function, all map[fieldOf][]running) {
	if c.site.runs == started {
		for _, p := range f.passagesOf(c.callee) {
			p.locks = f.locksThrough(p.locks, c)
			f.addRunning(running{passage: p, field: fieldAt(p.at), launcher: launcher, goroutine: c.callee}, c.callee.obj.Signature().Recv(), all)
			f.addHeld(c, p, launcher, all)
		}
		return
	}
	if c.site.in == launcher || c.site.runs != inPlace {
		return
	}
	w, ok := f.wayTo(launcher, c.site.in, c.site.stmt)
	if !ok || w.by == nil {
		return
	}
	for _, p := range f.passagesOf(c.callee) {
		at, known := f.translate(p.at, c)
		if !known || p.by != nil || within(w.by.node, &ast.Ident{NamePos: at.root.Pos()}) || f.replaced(f.accessesByPlace()[launcher], at) {
			continue
		}
		if at.root.Kind() == types.LocalVar && f.made(launcher, at.root) != Own {
			continue // one that it has looked up
		}
		p.at, p.locks, p.sure, p.by, p.waited = at, f.locksThrough(p.locks, c).with(w.locks), p.sure && w.sure, w.by, p.waited || w.waited
		f.addRunning(running{passage: p, field: fieldAt(at), launcher: launcher, goroutine: w.by}, launcher.obj.Signature().Recv(), all)
	}
}

// addHeld adds an access of a goroutine's to an object that its own was given when it was made, by
// who has made both.
//
//	s := &store{}
//	r := &reaper{s} // (*reaper).run reads r.s.last
//	go r.run()
//	return s
func (f *Facts) addHeld(c outgoing, p passage, launcher *function, all map[fieldOf][]running) {
	at, known := f.translate(p.at, c)
	if !known || p.by != nil || at.root.Kind() != types.LocalVar || types.Identical(at.root.Type(), p.at.root.Type()) || f.made(launcher, at.root) != Own || f.replaced(f.accessesByPlace()[launcher], at) {
		return
	}
	p.at = at
	f.addRunning(running{passage: p, field: fieldAt(at), launcher: launcher, goroutine: c.callee}, nil, all)
}

// addRunning adds an access of a goroutine's, if it is of the object that this
// belongs to: one that is passed on may be another each time.
func (f *Facts) addRunning(r running, self *types.Var, all map[fieldOf][]running) {
	maker := r.launcher.obj.Signature().Recv() == nil && r.at.root.Kind() == types.LocalVar
	if r.at.root != self && !maker || r.field.of == nil {
		return
	}
	r.late = r.waited && !f.workedOff(r.goroutine, r.passage) && !f.keepsWriting(r.goroutine, r.access)
	all[r.field] = append(all[r.field], r)
}

// fieldAt returns the field that a place names, if its root is a pointer to a
// type with a name.
func fieldAt(at place) fieldOf {
	pointer, ok := types.Unalias(at.root.Type()).(*types.Pointer)
	if !ok || at.path == "" {
		return fieldOf{}
	}
	named, ok := types.Unalias(pointer.Elem()).(*types.Named)
	if !ok {
		return fieldOf{}
	}
	return fieldOf{named.Obj(), at.path}
}
