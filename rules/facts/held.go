package facts

import (
	"cmp"
	"go/ast"
	"slices"
)

// A Holding is a lock that a function holds at some point, taken by itself.
type Holding struct {
	Lock Lock
	Read bool            // read-locked
	Must bool            // held on every path to the point
	By   []*ast.CallExpr // the calls that took it, in source order
}

// Held returns the locks that fn holds when it begins to evaluate at, a node of
// its own (not of a literal in it), sorted by name. What a caller holds is not
// among them. ok is false where there is no answer: the node is never reached
// or never evaluated, or the function has too many cases.
func (p *Package) Held(fn, at ast.Node) (holdings []Holding, ok bool) {
	u := p.locks().of[fn]
	if u == nil {
		return nil, true
	}
	r := u.routines[fn]
	point, ok := r.flow.At(at)
	if !ok || r.done.gaveUp {
		return nil, false
	}
	m := r.moment(point)
	now, known := r.held[m]
	if !known {
		worlds := u.worldsAt(r, point)
		now = heldThen{u.holdings(worlds), len(worlds) > 0}
		if p.lockFacts.settled {
			r.held[m] = now
		}
	}
	return slices.Clone(now.holdings), now.reached
}

// A heldThen is what is held at a moment, and whether control comes there.
type heldThen struct {
	holdings []Holding
	reached  bool
}

// A moment is a place between two steps of a block.
type moment struct {
	block *Block
	steps int // that are done
}

// worldsAt returns the worlds in which control comes to a point. Nothing happens
// to them between two steps, so that many points share an answer.
func (u *unit) worldsAt(r *routine, at Point) []world {
	key := r.moment(at)
	worlds, known := r.worlds[key]
	if !known {
		worlds = u.worldsAfter(r, key)
		r.worlds[key] = worlds
	}
	return worlds
}

// moment returns the last moment before a point.
func (r *routine) moment(at Point) moment {
	steps, _ := slices.BinarySearch(r.nodes[at.Block.Index], at.Index) // their nodes are in order
	return moment{at.Block, steps}
}

// worldsAfter runs the first steps of a block again.
func (u *unit) worldsAfter(r *routine, m moment) []world {
	index := m.block.Index
	if m.steps == 0 {
		var worlds []world
		for _, v := range r.done.visits[index] {
			worlds = append(worlds, v.world)
		}
		return worlds
	}
	s := &sim{u: u, log: newRecord(r), budget: maxVisits, calls: make(map[call][]world)}
	var worlds []world
	for _, v := range r.done.visits[index] {
		s.visit = v
		now := []world{v.world}
		for _, step := range r.steps[index][:m.steps] {
			now = s.each(now, step)
		}
		worlds = append(worlds, now...)
	}
	return worlds
}

func (u *unit) holdings(worlds []world) []Holding {
	found := make(map[lockID]*Holding)
	held := make(map[lockID]int)
	for _, w := range worlds {
		for _, l := range w.locks {
			if len(l.by) == 0 || u.escaped[l.id] != "" || u.locks[l.id].nameless {
				continue
			}
			h := found[l.id]
			if h == nil {
				h = &Holding{Lock: u.locks[l.id].Lock, Read: l.id.read()}
				found[l.id] = h
			}
			held[l.id]++
			h.Must = held[l.id] == len(worlds)
			h.taken(u, l.by)
		}
	}
	var all []Holding
	for _, h := range found {
		all = append(all, *h)
	}
	slices.SortFunc(all, func(a, b Holding) int {
		return cmp.Or(cmp.Compare(a.Lock.String(), b.Lock.String()), cmp.Compare(bit(a.Read), bit(b.Read)), cmp.Compare(a.By[0].Pos(), b.By[0].Pos()))
	})
	return all
}

func (h *Holding) taken(u *unit, by []takeID) {
	for _, take := range by {
		if call := u.takes[take]; !slices.Contains(h.By, call) {
			h.By = append(h.By, call)
		}
	}
	slices.SortFunc(h.By, func(a, b *ast.CallExpr) int { return cmp.Compare(a.Pos(), b.Pos()) })
}
