package facts

import (
	"go/ast"
)

// A record is what the simulation of one routine found.
type record struct {
	routine  *routine
	gaveUp   bool                  // more worlds than are worth telling apart: no answer
	visits   [][]*visit            // by block
	releases map[takeID]*releasing // of every acquisition that was released
	exits    []exitRecord
	relocks  []relocking
	rereads  []relocking // calls that read-lock what is read-locked here
	forgets  []relocking // variables that get another value while their lock is held
	unlocks  map[*ast.CallExpr]*unlocking
	orphans  map[lockID]bool        // released although this function had not taken them
	taken    map[*ast.CallExpr]bool // calls that got their lock in some world
	net      map[lockID]*netEffect  // of the whole on the caller's locks
	calls    map[*ast.CallExpr]*callState
	handed   map[lockID]*handing // locks that a go statement hands over
}

// releasing collects where one acquisition is released.
type releasing struct {
	calls  map[*ast.CallExpr]bool
	defers map[*ast.DeferStmt]bool
}

// unlocking counts what one release found in the worlds that reach it.
type unlocking struct {
	id      lockID
	good    bool // held, or nothing known
	double  bool // released here before
	owed    bool // the same, though not taken here: whoever holds it may have taken it again
	crossed bool // not held, but the lock is, here, in the other mode
	refused bool // a TryLock failed before
}

// exitRecord is one world at one normal exit, after the deferred calls.
type exitRecord struct {
	way   ast.Node
	exit  Exit
	world world
	visit *visit // of the exit's block
}

// relocking is a call that takes a lock which this function holds.
type relocking struct {
	waits   bool // for itself; else a deferred call that read-locks once more
	call    *ast.CallExpr
	id      lockID // that it takes
	by      []takeID
	visit   *visit
	running *ast.DeferStmt // the deferred call that takes it, nil if none
}

func newRecord(r *routine) *record {
	return &record{
		routine: r, releases: make(map[takeID]*releasing), unlocks: make(map[*ast.CallExpr]*unlocking),
		orphans: make(map[lockID]bool), taken: make(map[*ast.CallExpr]bool), net: make(map[lockID]*netEffect),
		calls: make(map[*ast.CallExpr]*callState), handed: make(map[lockID]*handing),
	}
}

func (s *sim) took(call *ast.CallExpr, w world) {
	if !w.doubt {
		s.log.taken[call] = true
	}
}

func (s *sim) released(call *ast.CallExpr, take takeID, w world) {
	if w.doubt {
		return
	}
	s.unlocking(call).good = true
	r := s.log.releases[take]
	if r == nil {
		r = &releasing{calls: make(map[*ast.CallExpr]bool), defers: make(map[*ast.DeferStmt]bool)}
		s.log.releases[take] = r
	}
	r.calls[call] = true
	if s.running != nil {
		r.defers[s.running] = true
	}
}

func (s *sim) unlocking(call *ast.CallExpr) *unlocking {
	u := s.log.unlocks[call]
	if u == nil {
		u = &unlocking{}
		s.log.unlocks[call] = u
	}
	return u
}

// releasedFree notes the release of a lock that this function has released, and may have taken in
// the other mode since.
func (s *sim) releasedFree(call *ast.CallExpr, id lockID, w world) {
	if w.doubt {
		return
	}
	u := s.unlocking(call)
	u.id = id
	if w.lock(id.twin()).hold == held {
		u.crossed = true
		return
	}
	u.double = true
}

// releasedOwed notes the release of a lock that this function has released, and has never taken.
func (s *sim) releasedOwed(call *ast.CallExpr, id lockID, w world) {
	if w.doubt {
		return
	}
	u := s.unlocking(call)
	u.id, u.owed = id, true
}

// refusedRelease notes the release of a lock that TryLock has not got.
func (s *sim) refusedRelease(call *ast.CallExpr, id lockID, w world) {
	if w.doubt {
		return
	}
	u := s.unlocking(call)
	u.id, u.refused = id, true
}

// orphan notes the release of a lock that this function has not taken.
func (s *sim) orphan(call *ast.CallExpr, id lockID, w world) {
	if w.doubt {
		return
	}
	u := s.unlocking(call)
	u.id = id
	if w.lock(id.twin()).hold == held {
		u.crossed = true
		return
	}
	u.good = true
	s.log.orphans[id] = true
}

func (s *sim) relock(call *ast.CallExpr, id lockID, by []takeID, w world, waits bool) {
	if !w.doubt {
		again := relocking{waits: waits, call: call, id: id, by: by, visit: s.visit, running: s.running}
		s.log.relocks = append(s.log.relocks, again)
	}
}

// forget notes that a lock that is held loses its name, unless a deferred call
// is there to release it.
func (s *sim) forget(l lockState, w world) {
	if w.doubt || l.hold != held || l.owed || s.u.anyDeferred(w) {
		return
	}
	s.log.forgets = append(s.log.forgets, relocking{by: l.by, visit: s.visit})
}

// exit notes a world at a normal exit of the routine.
func (r *record) exit(end leaving, w world) {
	if w.doubt {
		return
	}
	r.exits = append(r.exits, exitRecord{way: end.block.Way, exit: end.block.Exit, world: w, visit: end.visit})
	for _, l := range w.locks {
		r.effect(l)
	}
}

// A netEffect is what a call may do to a lock, as its caller sees it.
type netEffect struct {
	releases bool // it was held before and is not now
	leaves   bool // it was not held before and is now
}

func (r *record) effect(l lockState) {
	net := r.net[l.id]
	if net == nil {
		net = &netEffect{}
		r.net[l.id] = net
	}
	net.releases = net.releases || l.hold == unclear || l.hold == free && l.owed
	net.leaves = net.leaves || l.hold == unclear || l.hold == held && !l.owed
}
