package facts

import (
	"go/ast"
	"slices"
)

// A sim runs worlds through the routines of a unit and notes what happens.
type sim struct {
	u       *unit
	log     *record
	visit   *visit           // where control stands, of the innermost routine
	running *ast.DeferStmt   // the deferred call that runs now, nil outside exits
	depth   int              // of literals called within literals
	budget  int              // blocks that may still be run
	calls   map[call][]world // what literals called before have done
}

// A call is a literal called in one world. (What it does is noted when it is
// first run: again it would be the same.)
type call struct {
	routine *routine
	world   string
	running *ast.DeferStmt
}

// Bounds: a function that exceeds one gets no answer.
const (
	maxVisits = 20000 // of blocks, in one simulation with its literals
	maxDepth  = 6     // of literals that run inside literals
)

// A visit is the start of a block in one world.
type visit struct {
	block *Block
	world world
	from  []*visit // the visits that lead to it
}

// A leaving is a normal end of a routine in one world, its defers still to run.
type leaving struct {
	world world
	block *Block
	visit *visit
}

// simulate runs a routine of its own, from what its caller left.
func (u *unit) simulate(r *routine) *record {
	log := newRecord(r)
	s := &sim{u: u, log: log, budget: maxVisits, calls: make(map[call][]world)}
	for _, end := range s.explore(r, world{}, log) {
		s.visit = end.visit
		for _, w := range s.runDefers(end.world) {
			log.exit(end, w)
		}
	}
	return log
}

// inline runs a literal where it is called, and returns the worlds that come back.
func (s *sim) inline(r *routine, w world) []world {
	if s.depth >= maxDepth {
		s.log.gaveUp = true
		return nil
	}
	outer, defers := s.visit, w.defers
	w.defers = nil
	before := call{r, w.key(), s.running}
	if after, ok := s.calls[before]; ok {
		return withDefers(after, defers)
	}
	s.depth++
	var back []world
	for _, end := range s.explore(r, w, nil) {
		back = append(back, s.runDefers(end.world)...)
	}
	s.depth--
	s.visit = outer
	back = distinct(back)
	s.calls[before] = back
	return withDefers(back, defers)
}

// withDefers returns the worlds in which a caller goes on, with its own defers.
func withDefers(worlds []world, defers []deferral) []world {
	worlds = slices.Clone(worlds)
	for i := range worlds {
		worlds[i].defers = defers
	}
	return worlds
}

// explore runs a routine from one world until no new world turns up.
// keep, if not nil, gets the visits.
func (s *sim) explore(r *routine, entry world, keep *record) []leaving {
	f := newFrontier(s.u, r)
	f.arrive(r.flow.Blocks[0], entry, nil)
	var out []leaving
	for v := f.todo.next(); v != nil; v = f.todo.next() {
		if s.budget--; s.budget < 0 || f.crowded || s.log.gaveUp {
			s.log.gaveUp = true
			return nil
		}
		s.visit = v
		for _, w := range s.through(r, v) {
			if s.leaves(v.block, w) {
				out = append(out, leaving{s.u.departing(w, r, len(out)), v.block, v})
			}
			s.branch(f, v, w)
		}
	}
	if keep != nil {
		keep.visits = f.visits
	}
	return distinctEnds(out)
}

// departing forgets of a world what nobody asks for when the routine is left.
func (u *unit) departing(w world, r *routine, others int) world {
	w = w.keepTruths(r.keepsAtExit(u))
	if others > maxKinds {
		w = w.keepTruths(func(id condID) bool { return u.decisive.has(id) })
	}
	return w
}

// through runs the steps of a block.
func (s *sim) through(r *routine, v *visit) []world {
	worlds := []world{v.world}
	for _, step := range r.steps[v.block.Index] {
		worlds = s.each(worlds, step)
	}
	return worlds
}

func (s *sim) each(worlds []world, step step) []world {
	if len(worlds) == 1 {
		return step.run(s, worlds[0])
	}
	var next []world
	for _, w := range worlds {
		next = append(next, step.run(s, w)...)
	}
	return distinct(next)
}

// leaves reports whether the function ends normally at the end of a block: by
// return, or by a panic that a deferred literal recovers.
func (s *sim) leaves(block *Block, w world) bool {
	return block.Exit.Normal() || block.Exit == Panics && s.recovered(w)
}

func (s *sim) recovered(w world) bool {
	for _, d := range w.defers {
		lit, ok := ast.Unparen(d.stmt.Call.Fun).(*ast.FuncLit)
		if ok && s.u.routines[lit].recovers {
			return true
		}
	}
	return false
}

// branch leads a world along the edges that it can take.
func (s *sim) branch(f *frontier, v *visit, w world) {
	for i, edge := range v.block.Succs {
		if next, ok := s.decide(f.routine.tests[v.block.Index][i], w); ok {
			f.arrive(edge.To, next, v)
		}
	}
}

// decide returns the world behind an edge; ok is false if it cannot be taken.
func (s *sim) decide(t edgeTest, w world) (next world, ok bool) {
	if t.always || t.never {
		return w, t.always
	}
	is, known := s.u.known(w, t.test)
	if known && is != t.truth {
		if s.u.conds[t.cond].hard {
			return w, false
		}
		w.doubt = true
	}
	return w.withTruth(t.cond, t.truth != t.negated), true
}

func distinct(worlds []world) []world {
	return distinctBy(worlds, world.key)
}

func distinctEnds(ends []leaving) []leaving {
	return distinctBy(ends, func(l leaving) string { return l.world.key() + string(rune(l.block.Index)) })
}

// distinctBy keeps the first of those with one key.
func distinctBy[T any](all []T, key func(T) string) []T {
	if len(all) < 2 {
		return all
	}
	seen := make(map[string]bool)
	var kept []T
	for _, x := range all {
		if k := key(x); !seen[k] {
			seen[k] = true
			kept = append(kept, x)
		}
	}
	return kept
}
