package sharing

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// A Race is two accesses of one place that can be made at the same time, of
// which one writes; nothing puts them in order and no lock is held by both.
type Race struct {
	At    *Access // the write in a goroutine, or else the write beside it
	With  *Access // the other; At itself where several goroutines run it
	Start *function
	// Called says that one of them is made by a declared function that the
	// function with the start calls, or runs on the goroutine.
	Called bool
	// Weak says that a good deal has to be believed for the two to meet.
	Weak bool
	// Chosen says that they are several goroutines of one go statement, which a loop comes to in a
	// case of a switch: maybe once only.
	Chosen bool
	// Tests says that the two are made by tests that run in parallel.
	Tests bool
}

// RaceAt returns the race that is reported at an expression: of each place and
// goroutine the first.
func (f *Facts) RaceAt(e ast.Expr) (Race, bool) {
	if f.races == nil {
		f.races = map[ast.Expr]Race{}
		f.findRaces()
	}
	r, ok := f.races[e]
	return r, ok
}

func (f *Facts) findRaces() {
	f.accessesByPlace() // the goroutines that calls leave behind are found with them
	for _, top := range f.order {
		if top.around != nil || !f.startsLiteral(top) && !f.startsElsewhere(top) {
			continue
		}
		all := f.withDistant(top)
		for _, at := range placesOf(all) {
			f.racesOf(at, f.withParts(all, at))
		}
	}
	f.findCrossings()
	f.findGlobals()
	f.findServed()
	f.findParallelTests()
	f.findPolled()
}

// startsLiteral reports whether a goroutine is started in a function that runs
// a literal.
func (f *Facts) startsLiteral(top *function) bool {
	if f.starting == nil {
		f.starting = map[*function]bool{}
		for _, fn := range f.order {
			if _, literal := fn.node.(*ast.FuncLit); literal {
				_, runs, _ := fn.out()
				f.starting[fn.outermost()] = f.starting[fn.outermost()] || runs == started || fn.served || fn.forks()
			}
		}
		for _, fn := range f.startsAbroad {
			f.starting[fn.outermost()] = true
		}
	}
	return f.starting[top]
}

// racesOf finds the races of one place: each write with the first access that
// it meets, one a goroutine.
func (f *Facts) racesOf(at place, accesses []*Access) {
	if len(accesses) == 0 {
		return
	}
	whole := accesses[0].Var // its own come before those of its parts
	accesses = slices.Clone(accesses)
	slices.SortStableFunc(accesses, func(a, b *Access) int {
		return cmp.Or(cmp.Compare(a.Expr.Pos(), b.Expr.Pos()), cmp.Compare(a.node().Pos(), b.node().Pos()))
	})
	if !slices.ContainsFunc(accesses, func(a *Access) bool { return a.Write }) || slices.ContainsFunc(accesses, func(a *Access) bool { return a.Address }) {
		return
	}
	told := map[*function]bool{}
	for _, inside := range []bool{true, false} {
		for _, a := range accesses {
			lit := a.goroutine()
			if a.itself().fn.once || !a.Write || (lit != nil) != inside || told[lit] {
				continue
			}
			if b := f.raced(at, a, accesses, told, whole); b != nil {
				weak := f.farFetched(at, a, b)
				told[lit] = !weak
				f.report(a, b, lit, weak)
			}
		}
	}
}

// report keeps a race under the expression of its write, unless another is
// reported there that is as sure.
func (f *Facts) report(a, b *Access, goroutine *function, weak bool) {
	if a.itself().foreign != nil || b.itself().foreign != nil {
		f.reportForeign(a, b, goroutine, weak)
		return
	}
	if a.Returned {
		a, b = b, a // a return has no name for what it writes
	}
	e := a.Expr
	if w := a.itself(); w.fn.test && !f.local(w) && (!f.ofTest(w.Var) && !f.setsGlobal(w, b) || f.loadsAtomic(w.fn)) {
		return // a test asks the code under test in an order of its own
	}
	if f.beforeServing(a.itself(), b.itself()) || f.beforeServing(b.itself(), a.itself()) || f.firstTime(a.itself(), b.itself()) || f.latched(a.itself(), b.itself()) || f.seenSet(a.itself(), b.itself()) || triedOut(a, b) {
		return
	}
	if old, taken := f.races[e]; !taken || old.Weak && !weak {
		f.races[e] = Race{At: a.itself(), With: b.itself(), Start: goroutine, Called: a.far != nil || b.far != nil, Weak: weak, Chosen: a == b && f.overwrites(a) && chosen(goroutine)}
	}
}

// chosen reports whether a go statement stands in a case of a switch, where others start other
// goroutines: one for each kind of thing, and mostly there is one of a kind.
//
//	for _, part := range parts {
//		switch part.kind {
//		case names: go func() { n = readNames(part) }()
//		case sizes: go func() { s = readSizes(part) }()
func chosen(goroutine *function) bool {
	if goroutine == nil {
		return false
	}
	around, runs, start := goroutine.out()
	if around == nil || runs != started {
		return false
	}
	found := false
	ast.Inspect(around.body(), func(n ast.Node) bool {
		s, ok := n.(*ast.SwitchStmt)
		if !ok || s.Tag == nil || !within(s, start) {
			return !found
		}
		starts := 0
		for _, clause := range s.Body.List {
			if slices.ContainsFunc(clause.(*ast.CaseClause).Body, isGo) {
				starts++
			}
		}
		found = starts > 1
		return !found
	})
	return found
}

// overwrites reports whether an access gives a variable a value that does not rest on the one
// before: to count or to collect is for many.
func (f *Facts) overwrites(a *Access) bool {
	set, ok := a.Use.(*ast.AssignStmt)
	if !ok || a.Read || a.Content {
		return false
	}
	return !slices.ContainsFunc(set.Rhs, func(e ast.Expr) bool { return f.mentionsVar(e, a.Var) })
}

func isGo(st ast.Stmt) bool {
	_, ok := st.(*ast.GoStmt)
	return ok
}

// triedOut reports whether two accesses of the code under test meet only where a test
// makes them meet: it is run with the race detector, and knows when it is alone.
func triedOut(a, b *Access) bool {
	return a.testsOther() && b.testsOther()
}

// testsOther reports whether a test sees an access that the code under test makes.
func (a *Access) testsOther() bool {
	return a.far != nil && a.fn != nil && a.fn.outermost().test && !a.far.real.fn.test
}

// setsGlobal reports whether a test writes a variable of the package that a
// goroutine of the code under test reads in a loop.
func (f *Facts) setsGlobal(a, b *Access) bool {
	return a.Var.Kind() == types.PackageVar && a.goroutine() == nil && b.itself() != b && !b.itself().fn.test && f.inEndlessLoop(b.itself().fn, b.Expr)
}

// loadsAtomic reports whether a function loads an atomic, which may tell it that
// it is alone.
func (f *Facts) loadsAtomic(fn *function) bool {
	for key := range f.signalsOf(fn).waits {
		if v, ok := key.(*types.Var); ok && synchronises(v.Type()) {
			return true
		}
	}
	return false
}

// raced returns the first access that a write meets, of which it is sure if there is one;
// of those outside of goroutines only the ones of which nothing has been told yet.
func (f *Facts) raced(at place, a *Access, accesses []*Access, told map[*function]bool, whole *types.Var) (weak *Access) {
	if f.takesTurns(a) {
		return nil
	}
	for _, b := range accesses {
		if lit := b.goroutine(); a.goroutine() == nil && (lit == nil || told[lit]) && (a != b || !f.branches(at, a.fn)) {
			continue
		}
		if a.Var != b.Var && a.Var != whole && b.Var != whole {
			continue // two parts
		}
		if f.rebinds(at, a, b) || f.rebinds(at, b, a) || aheadOfSiblings(b, a) {
			continue
		}
		if b.itself().fn.once || !conflicts(a, b) || !f.concurrent(at, a, b) || f.locked(a, b) || f.ordered(a, b) {
			continue
		}
		if f.neverMade(a) || f.neverMade(b) {
			continue
		}
		if !f.farFetched(at, a, b) {
			return b
		}
		weak = cmp.Or(weak, b)
	}
	return weak
}

// rebinds reports whether the one access gives a variable another value, and the other
// is of what a function was given when it was called: it keeps what it has.
//
//	for _, m := range maps { send(m) }
func (f *Facts) rebinds(at place, a, b *Access) bool {
	if at.path != "" || a.far != nil || !a.Write || a.Content || b.far == nil {
		return false
	}
	real, known := f.placeOf(b.far.real.Expr)
	return known && real.root.Kind() == types.ParamVar
}

// goroutine returns the innermost literal around an access that runs on a
// goroutine of its own, nil if there is none.
func (a *Access) goroutine() *function {
	fn := a.fn
	for steps := 0; fn != nil && steps < deepest; steps++ {
		around, runs, _ := fn.out()
		if fn.around != nil && (runs == started || fn.served) {
			return fn
		}
		fn = around
	}
	return nil
}

// locked reports whether both accesses may hold a common lock.
func (f *Facts) locked(a, b *Access) bool {
	x, y := f.heldAt(a), f.heldAt(b)
	if !f.ownLocksKnown(a) || !f.ownLocksKnown(b) {
		return true
	}
	if !x.known && len(y.locks) > 0 || !y.known && len(x.locks) > 0 {
		return true // a caller may hold it
	}
	for class, write := range x.locks {
		if other, ok := y.locks[class]; ok && (write || other) {
			return true
		}
	}
	return mayBeOneLock(x.locks, y.locks)
}

// mayBeOneLock reports whether each of two accesses holds a lock, and one of these lies behind a
// pointer: whoever made the objects may have given both the same.
//
//	m, e := newMeter(g, &mu), &exporter{g: g, mu: &mu}
func mayBeOneLock(these, those lockset) bool {
	for a := range these {
		for b := range those {
			if leadsElsewhere(a) || leadsElsewhere(b) {
				return true
			}
		}
	}
	return false
}

// leadsElsewhere reports whether a lock is held by what only leads to it.
func leadsElsewhere(class types.Object) bool {
	switch class.Type().Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// ownLocksKnown reports whether it is sure which locks the function of an
// access holds, and those around it that run it in place.
func (f *Facts) ownLocksKnown(a *Access) bool {
	if a.far != nil {
		return a.far.sure
	}
	var at ast.Node = a.Expr
	for fn := a.fn; fn != nil; fn = fn.around {
		if f.pkg.LocksAt(fn.node, at).Doubt {
			return false
		}
		if fn.runs == deferred {
			return f.atExit(fn.around).known || f.entryOf(fn.around).known && len(f.pkg.Acquisitions(fn.around.node)) == 0
		}
		if fn.runs != inPlace {
			return true
		}
		at = fn.at
	}
	return true
}

// Goroutine returns the literal of the goroutine that makes the access, nil if
// that is the function's own.
func (a *Access) Goroutine() *ast.FuncLit {
	fn := a.goroutine()
	if fn == nil {
		return nil
	}
	lit, _ := fn.node.(*ast.FuncLit)
	return lit
}

// Accesses returns all accesses of the place that a race is about, in source
// order.
func (f *Facts) Accesses(r Race) []*Access {
	at, ok := f.placeOfAccess(r.At)
	if !ok {
		return nil
	}
	all := slices.Clone(f.accessesByPlace()[r.At.fn.outermost()][at])
	slices.SortFunc(all, func(a, b *Access) int { return cmp.Compare(a.Expr.Pos(), b.Expr.Pos()) })
	return all
}

// Unordered returns the accesses of a race's place that can be made at the same
// time as another in conflict, whether or not a lock is held by both.
func (f *Facts) Unordered(r Race) (some []*Access) {
	at, _ := f.placeOfAccess(r.At)
	all := f.Accesses(r)
	for _, a := range all {
		if slices.ContainsFunc(all, func(b *Access) bool { return conflicts(a, b) && f.concurrent(at, a, b) }) {
			some = append(some, a)
		}
	}
	return some
}

// LocksAt returns the classes of the locks that are held at an access, and
// whether that is sure.
func (f *Facts) LocksAt(a *Access) (classes []types.Object, sure bool) {
	state := f.stateAt(a.fn, a.Expr)
	for class := range state.locks {
		classes = append(classes, class)
	}
	slices.SortFunc(classes, func(x, y types.Object) int { return cmp.Compare(x.Pos(), y.Pos()) })
	return classes, state.known
}

// WriteLocksAt returns those of the locks that are held to write: what each of two accesses
// holds to read keeps them apart from nothing but writers.
func (f *Facts) WriteLocksAt(a *Access) (classes []types.Object, sure bool) {
	all, sure := f.LocksAt(a)
	state := f.stateAt(a.fn, a.Expr)
	return slices.DeleteFunc(all, func(class types.Object) bool { return !state.locks[class] }), sure
}

// Started returns the place, in the function around it, of what starts the
// goroutine of a literal: the go statement, or the call that gets it.
func (f *Facts) Started(lit *ast.FuncLit) ast.Node {
	fn := f.funcs[lit]
	if fn == nil {
		return nil
	}
	_, runs, at := fn.out()
	if runs != started {
		return nil
	}
	return at
}
