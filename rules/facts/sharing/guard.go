package sharing

import (
	"cmp"
	"go/types"
	"slices"
)

// A Guard is the lock that the accesses of a variable agree on.
type Guard struct {
	Lock     types.Object // the field or variable that is the mutex
	Declared bool         // a comment says so
	Holding  []*Access    // accesses that hold it
	Without  []*Access    // accesses that hold no lock at all, as far as can be seen
	Else     []*Access    // accesses that hold other locks, and not this one
	All      int          // accesses that count: Holding, Without, and those under other locks
	Thin     bool         // there are too few accesses to call it a belief, but all writes hold a lock of the same struct
	writes   int          // of them
	replaces int          // writes of the variable itself, and not of what is in its slice
}

// Bounds of what counts as a belief.
const (
	leastShare    = 0.66 // of the accesses that must hold the lock
	mapShare      = 0.5  // of a map: nobody means to use one without a lock
	writesShare   = 0.4  // where every write holds it
	leastHolding  = 2    // accesses that hold it
	leastHolders  = 2    // functions that hold it
	declaredShare = 0.3  // where a comment names the lock
)

// GuardOf returns the guard of a field or package variable, nil if its
// accesses agree on none.
func (f *Facts) GuardOf(v *types.Var) *Guard {
	if g, ok := f.guards[v]; ok {
		return g
	}
	g := f.infer(v)
	f.guards[v] = g
	return g
}

func (f *Facts) infer(v *types.Var) *Guard {
	tallies := map[types.Object]*Guard{}
	var without []*Access
	all, writes, replaces := 0, 0, 0
	for _, a := range slices.Concat(f.accesses[v], f.partsOf(v)) {
		for _, state := range f.opinions(a) {
			all++
			if len(state.locks) == 0 {
				without = append(without, a)
			}
			if a.Write {
				writes++
			}
			if a.replaces() {
				replaces++
			}
			for class, write := range state.locks {
				if a.Write && !write {
					continue // a read lock guards no write
				}
				if tallies[class] == nil {
					tallies[class] = &Guard{Lock: class}
				}
				tallies[class].Holding = append(tallies[class].Holding, a)
			}
		}
	}
	best := f.best(v, tallies)
	if best == nil {
		return nil
	}
	best.Else = f.elsewhere(v, best.Lock)
	best.Without, best.All, best.writes, best.replaces = without, all, writes, replaces
	if !f.believed(v, best) {
		best.Thin = true
		if !best.exact() || !f.siblings(v, best.Lock) {
			return nil
		}
	}
	return best
}

// opinions returns what an access says of the guard of its variable: what is held
// there, for each caller if these differ; nothing if it says nothing.
func (f *Facts) opinions(a *Access) []context {
	state, counts := f.counts(a)
	switch {
	case !counts:
		return nil
	case state.mixed && len(state.locks) == 0:
		if each := f.bySite(a); len(each) > 0 {
			return each
		}
	}
	if len(state.locks) == 0 && !state.bare {
		return nil
	}
	return []context{state}
}

// elsewhere returns the accesses that surely hold a lock, and surely not this one.
func (f *Facts) elsewhere(v *types.Var, lock types.Object) (some []*Access) {
	for _, a := range f.accesses[v] {
		state, counts := f.counts(a)
		if _, holds := state.locks[lock]; counts && state.known && len(state.locks) > 0 && !holds {
			some = append(some, a)
		}
	}
	return some
}

// best returns the tally with the most accesses; of several the one whose lock
// is a field of the same struct, then the first in the source.
func (f *Facts) best(v *types.Var, tallies map[types.Object]*Guard) *Guard {
	var all []*Guard
	for _, g := range tallies {
		g.Declared = f.declares(v, g.Lock)
		all = append(all, g)
	}
	if len(all) == 0 {
		return nil
	}
	return slices.MaxFunc(all, func(a, b *Guard) int {
		return cmp.Or(
			cmp.Compare(bit(a.Declared), bit(b.Declared)),
			cmp.Compare(len(a.Holding), len(b.Holding)),
			cmp.Compare(bit(f.siblings(v, a.Lock)), bit(f.siblings(v, b.Lock))),
			cmp.Compare(b.Lock.Pos(), a.Lock.Pos()),
		)
	})
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// believed reports whether the evidence is enough.
func (f *Facts) believed(v *types.Var, g *Guard) bool {
	holders := map[*function]bool{}
	written := 0
	for _, a := range g.Holding {
		holders[a.fn.outermost()] = true
		if a.Write {
			written++
		}
	}
	share := max(float64(len(g.Holding))/float64(g.All), f.shareOfFunctions(g, len(holders)))
	least := leastShare
	switch {
	case g.Declared:
		return share >= declaredShare
	case written == 0 || len(g.Holding) < leastHolding || len(holders) < leastHolders:
		return false
	case isMap(v.Type()):
		least = mapShare
	case g.exact() && f.siblings(v, g.Lock):
		least = writesShare // whoever writes holds it, without exception
	}
	return share >= least
}

// shareOfFunctions returns which part of the functions that access the variable
// hold the lock: a function that reads it in five places is one opinion.
func (f *Facts) shareOfFunctions(g *Guard, holders int) float64 {
	others := map[*function]bool{}
	for _, a := range slices.Concat(g.Without, g.Else) {
		others[a.fn.outermost()] = true
	}
	return float64(holders) / float64(holders+len(others))
}

// counts reports whether an access says something of the guard of its variable:
// it is made when other goroutines could be at work. It returns what is held.
func (f *Facts) counts(a *Access) (context, bool) {
	if a.said == nil {
		held, counts := f.judge(a)
		a.said = &opinion{held, counts}
	}
	return a.said.held, a.said.counts
}

// An opinion is what an access says of the guard of its variable.
type opinion struct {
	held   context
	counts bool
}

func (f *Facts) judge(a *Access) (context, bool) {
	if a.Atomic || a.Address || a.fn.initialises() || a.fn.test && !f.ofTest(a.Var) || a.fn.once {
		return unknown, false
	}
	if f.ownerOf(a) != Shared || f.onlyApart(a) {
		return unknown, false
	}
	return f.stateAt(a.fn, a.Expr), true
}

// ofTest reports whether a variable is declared in a test file.
func (f *Facts) ofTest(v *types.Var) bool {
	name := f.pkg.Fset.Position(v.Pos()).Filename
	return len(name) > 8 && name[len(name)-8:] == "_test.go"
}

// siblings reports whether a lock is a field of the struct that a field is of,
// or both are package variables.
func (f *Facts) siblings(v *types.Var, lock types.Object) bool {
	mutex, ok := lock.(*types.Var)
	if !ok || !v.IsField() {
		return ok && !v.IsField() && !mutex.IsField()
	}
	return f.structOfField(v) != nil && f.structOfField(v) == f.structOfField(mutex)
}
