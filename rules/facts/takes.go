package facts

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// Which locks a call takes at any time is a closure over the call graph: those
// that the function takes itself, and those of its callees, named anew at each
// call. It needs no simulation but for one thing: whether the lock was released
// before, which the states at the call tell.

// A takenLock is a Take whose place is a call of this process.
type takenLock struct {
	ref           Ref
	op            LockOp
	read          bool
	entry, always bool
	asks          hangsOn // on what it hangs that it happens
	dynamic       bool
	depth         int

	call    *ast.CallExpr // in the function
	through *types.Func   // that is called there; nil for the lock's method
	// The same of a function of another package.
	at          Position
	throughName string
}

// takeKey tells takes of one function apart.
type takeKey struct {
	ref   Ref
	op    LockOp
	read  bool
	entry bool
}

func (t *takenLock) key() takeKey { return takeKey{t.ref, t.op, t.read, t.entry} }

// takesOf returns the locks that a function takes, sorted.
func (p *Package) takesOf(n *callNode) []*takenLock {
	if !n.reaches {
		return nil
	}
	p.locks()
	p.closeTakes()
	return n.takes
}

// closeTakes finds the takes of all functions, circle by circle.
func (p *Package) closeTakes() {
	if p.lockFacts.closed {
		return
	}
	p.lockFacts.closed = true
	for _, circle := range p.callGraph.circles {
		if !circle[0].reaches {
			continue
		}
		for again := true; again; {
			again = false
			for _, n := range circle {
				again = p.takesIn(n) && n.recursive(circle) || again
			}
		}
	}
}

// recursive reports whether a function of a circle can come to call itself.
func (n *callNode) recursive(circle []*callNode) bool {
	return len(circle) > 1 || slices.Contains(n.names, n)
}

// takesIn finds the takes of one function, given those of its callees, and
// reports whether there are new ones.
func (p *Package) takesIn(n *callNode) (grew bool) {
	u := p.named(n.decl)
	found := make(map[takeKey]*takenLock)
	for _, t := range n.takes {
		found[t.key()] = t
	}
	for i := range u.sites {
		site := &u.sites[i]
		if site.started || !u.during(site.home) {
			continue
		}
		for t := range u.takesAt(n.fn, site) {
			key := t.key()
			if old := found[key]; old == nil || t.better(old) {
				kept := t
				found[key] = &kept
				grew = true
			}
		}
	}
	for i := range u.objects {
		site := &u.objects[i]
		if site.started || !u.during(site.home) {
			continue
		}
		for _, t := range u.objectTakes(site) {
			seen := u.seen(&site.callSite, site.fns[0], t)
			if old := found[seen.key()]; old == nil || seen.better(old) {
				found[seen.key()] = &seen
				grew = true
			}
		}
	}
	n.takes = n.takes[:0]
	for _, t := range found {
		n.takes = append(n.takes, t)
	}
	slices.SortFunc(n.takes, func(a, b *takenLock) int {
		return cmp.Or(
			a.ref.compare(b.ref), cmp.Compare(a.op, b.op), cmp.Compare(bit(a.read), bit(b.read)),
			cmp.Compare(bit(b.entry), bit(a.entry)))
	})
	return grew
}

// better reports whether one way to a lock says more than another.
func (t *takenLock) better(old *takenLock) bool {
	return cmp.Or(
		cmp.Compare(bit(old.always), bit(t.always)),
		cmp.Compare(t.asks, old.asks),
		cmp.Compare(bit(t.dynamic), bit(old.dynamic)),
		cmp.Compare(t.depth, old.depth),
		cmp.Compare(t.call.Pos(), old.call.Pos())) < 0
}

// public is the take as others see it.
func (t *takenLock) public(p *Package) Take {
	out := Take{
		Ref: t.ref, Op: t.op, Read: t.read, Entry: t.entry, Always: t.always, Asks: uint64(t.asks), Dynamic: t.dynamic,
		Depth: t.depth, At: p.position(t.call.Pos()),
	}
	if t.through != nil {
		out.Through = t.through.FullName()
	}
	return out
}

// named returns a unit of a function in which places have names: the simulated
// one if there is one.
func (p *Package) named(root ast.Node) *unit {
	if u := p.lockFacts.of[root]; u != nil {
		return u
	}
	u := p.lockFacts.light[root]
	if u == nil {
		u = newUnit(p, root)
		p.lockFacts.light[root] = u
	}
	return u
}
