package facts

import "slices"

// A frontier is the set of visits of one routine, and those still to run.
type frontier struct {
	u       *unit
	routine *routine
	alike   map[arrival][]*visit
	visits  [][]*visit // by block
	todo    visitQueue
	crowded bool // a block has more worlds than are worth telling apart
}

// An arrival names the worlds of one kind at one block.
type arrival struct {
	block int
	kind  string
}

const (
	maxExact  = 10  // worlds at a block, before they lose conditions that decide no lock call
	maxAlike  = 8   // worlds of one kind at a block, before they lose what they do not share
	maxKinds  = 24  // worlds at a block, before they lose what is not held
	maxWorlds = 192 // at a block; a function with more gets no answer
)

func newFrontier(u *unit, r *routine) *frontier {
	return &frontier{u: u, routine: r, alike: make(map[arrival][]*visit), visits: make([][]*visit, len(r.flow.Blocks))}
}

// arrive notes that a world reaches a block. It is visited if no world that
// covers it was. Where many worlds are of one kind, what tells them apart has
// proved to have nothing to do with the locks: from then on they are one.
func (f *frontier) arrive(block *Block, w world, from *visit) {
	w = w.keepTruths(f.routine.keeps(f.u, block))
	if len(f.visits[block.Index]) > maxExact {
		w = w.keepTruths(func(id condID) bool { return f.u.decisive.has(id) })
	}
	if len(f.visits[block.Index]) > maxKinds {
		w = w.coarsened()
	}
	at := arrival{block.Index, w.kind()}
	v := f.covering(at, w)
	if v == nil && len(f.alike[at]) >= maxAlike {
		for _, other := range f.alike[at] {
			w = w.common(other.world)
		}
		v = f.covering(at, w)
	}
	if v == nil {
		v = &visit{block: block, world: w}
		f.alike[at] = append(f.alike[at], v)
		f.visits[block.Index] = append(f.visits[block.Index], v)
		f.todo.add(v, f.routine.rank[block.Index])
		f.crowded = f.crowded || len(f.visits[block.Index]) > maxWorlds
	}
	if from != nil {
		v.from = append(v.from, from)
	}
}

func (f *frontier) covering(at arrival, w world) *visit {
	for _, v := range f.alike[at] {
		if v.world.covers(w) {
			return v
		}
	}
	return nil
}

// A visitQueue gives out the visits in the order of their blocks: one whose
// predecessors are all done first, so that worlds meet before they go on.
type visitQueue struct {
	byRank map[int][]*visit
	ranks  []int // with visits, sorted
}

func (q *visitQueue) add(v *visit, rank int) {
	if q.byRank == nil {
		q.byRank = make(map[int][]*visit)
	}
	if len(q.byRank[rank]) == 0 {
		i, _ := slices.BinarySearch(q.ranks, rank)
		q.ranks = slices.Insert(q.ranks, i, rank)
	}
	q.byRank[rank] = append(q.byRank[rank], v)
}

// next takes the next visit, nil if there is none.
func (q *visitQueue) next() *visit {
	if len(q.ranks) == 0 {
		return nil
	}
	rank := q.ranks[0]
	v := q.byRank[rank][0]
	q.byRank[rank] = q.byRank[rank][1:]
	if len(q.byRank[rank]) == 0 {
		q.ranks = q.ranks[1:]
	}
	return v
}
