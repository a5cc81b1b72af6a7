package facts

// A frontier is the set of visits of one routine, and those still to run.
type frontier struct {
	u       *unit
	routine *routine
	alike   map[arrival][]*visit
	visits  [][]*visit // by block
	todo    []*visit
	crowded bool // a block has more worlds than are worth telling apart
}

// An arrival names the worlds of one kind at one block.
type arrival struct {
	block int
	kind  string
}

const (
	maxAlike  = 12  // worlds of one kind at a block, before they lose what they do not share
	maxWorlds = 128 // at a block; a function with more gets no answer
)

func newFrontier(u *unit, r *routine) *frontier {
	return &frontier{u: u, routine: r, alike: make(map[arrival][]*visit), visits: make([][]*visit, len(r.flow.Blocks))}
}

// arrive notes that a world reaches a block. It is visited if no world that
// covers it was. Where many worlds are of one kind, what tells them apart has
// proved to have nothing to do with the locks: from then on they are one.
func (f *frontier) arrive(block *Block, w world, from *visit) {
	w = w.keepTruths(f.routine.keeps(f.u, block))
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
		f.todo = append(f.todo, v)
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
