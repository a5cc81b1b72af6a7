package rehearsal

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// An access is one of a variable, or of a map as a whole.
type access struct {
	by     *goroutine
	at     int // its time
	pos    token.Pos
	write  bool
	atomic bool
	locked bool // under some lock
}

// A history is what matters of the accesses of a variable so far: the last write, and
// the last read of each goroutine (FastTrack: Flanagan, Freund, PLDI 2009).
type history struct {
	wrote access
	reads []access
}

// A race is two accesses that nothing orders, one of them a write.
type race struct {
	first, second access
	counts        bool // a group, and not a variable
}

func (g *goroutine) access(pos token.Pos, write bool) access {
	return access{by: g, at: g.knows.of(g), pos: pos, write: write, locked: g.locks > 0}
}

// touch notes an access of a variable, with all its fields or elements.
func (g *goroutine) touch(v value, write bool, pos token.Pos) {
	if g.r.alone() {
		return
	}
	g.touchAll(v, g.access(pos, write), 0)
}

// alone reports whether there is, and will be, no other goroutine that does not know
// what the root has done up to now.
func (r *run) alone() bool { return len(r.goroutines) <= 2 && len(r.alarms) == 0 }

func (g *goroutine) touchAll(v value, a access, depth int) {
	switch v := v.(type) {
	case *mapping:
		g.meets(v, a)
	case *cell:
		switch in := v.v.(type) {
		case *structure:
			g.touchCells(in.fields, a, depth)
		case *array:
			g.touchCells(in.elems, a, depth)
		case *primitive:
		default:
			g.meets(v, a)
		}
	}
}

// mostRaces is how many are told of a run.
const mostRaces = 100

// mostParts is of how many elements an access of a whole array is noted.
const mostParts = 64

func (g *goroutine) touchCells(cells []*cell, a access, depth int) {
	g.r.look(len(cells))
	if depth > deepest || len(cells) > mostParts {
		return
	}
	for _, c := range cells {
		g.touchAll(c, a, depth+1)
	}
}

// meets holds an access of one variable against those before it.
func (g *goroutine) meets(v value, a access) {
	h := g.r.histories[v]
	if h == nil {
		h = &history{}
		g.r.histories[v] = h
	}
	g.against(h.wrote, a)
	if a.write {
		for _, read := range h.reads {
			g.against(read, a)
		}
		h.wrote, h.reads = a, nil
		return
	}
	for i := range h.reads {
		if h.reads[i].by == g {
			h.reads[i] = a
			return
		}
	}
	h.reads = append(h.reads, a)
}

// against notes a race, if the goroutine does not know of the earlier access.
func (g *goroutine) against(was, is access) {
	r := g.r
	if was.by == nil || was.by == g || was.at <= g.knows.of(was.by) || was.atomic && is.atomic || r.vague() {
		return
	}
	if was.pos.IsValid() && is.pos.IsValid() && len(r.races) < mostRaces {
		r.races = append(r.races, &race{first: was, second: is})
	}
}

// posOf returns where an instruction accesses a variable: it has no place of its own
// where the address is that of a field that is read.
func (g *goroutine) posOf(instr ssa.Instruction, addr ssa.Value) token.Pos {
	if pos := instr.Pos(); pos.IsValid() {
		return pos
	}
	switch addr.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		return addr.Pos()
	}
	for _, later := range instr.Block().Instrs {
		if ret, ok := later.(*ssa.Return); ok {
			return ret.Pos() // a result that has a name
		}
	}
	return token.NoPos
}

// A counted WaitGroup that is at zero has to be added to before anybody waits: the
// Add of which a Wait does not know may come too late for it.
func (g *goroutine) addsFirst(p *primitive, pos token.Pos) {
	a := g.access(pos, true)
	for _, w := range p.waited {
		g.late(w, a)
	}
	p.added = append(p.added, a)
}

func (g *goroutine) waitsFor(p *primitive, pos token.Pos) {
	a := g.access(pos, false)
	for _, add := range p.added {
		g.late(add, a)
	}
	p.waited = append(p.waited, a)
}

func (g *goroutine) late(was, is access) {
	if was.by != g && was.at > g.knows.of(was.by) && !g.r.vague() {
		g.r.races = append(g.r.races, &race{first: was, second: is, counts: true})
	}
}

// atomicOn returns what is known to who uses a plain variable atomically.
func (g *goroutine) atomicOn(c *cell) *vector {
	past := g.r.atomics[c]
	if past == nil {
		past = new(vector)
		g.r.atomics[c] = past
	}
	return past
}

// touchAtomic notes an access by a function of sync/atomic.
func (g *goroutine) touchAtomic(c *cell, write bool, pos token.Pos) {
	if !g.r.alone() {
		a := g.access(pos, write)
		a.atomic, a.locked = true, true
		g.meets(c, a)
	}
}

// touchWhole notes an access of a variable whose fields are nobody's concern.
func (g *goroutine) touchWhole(v value, write bool, pos token.Pos) {
	switch v.(type) {
	case *cell, *mapping:
		if !g.r.alone() {
			g.meets(v, g.access(pos, write))
		}
	}
}

// touchElems notes an access of the elements of a slice from one on.
func (g *goroutine) touchElems(s slice, from int, write bool, pos token.Pos) {
	if g.r.alone() || s.hi-s.lo-from > mostParts {
		return
	}
	g.r.look(s.hi - s.lo - from)
	for _, e := range s.of.elems[s.lo+from : s.hi] {
		g.touch(e, write, pos)
	}
}
