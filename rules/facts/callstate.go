package facts

import (
	"go/ast"
	"slices"
)

// A callState is how the locks of a unit stand when one call is made, over all
// worlds that are sure.
type callState struct {
	worlds int
	loose  bool // of some lock nothing is known
	locks  map[lockID]*lockSeen
}

// lockSeen counts the worlds in which a lock is not as the caller left it.
type lockSeen struct {
	touched int
	held    int // of these: held by the function itself
	by      []takeID
}

// meet notes in which world a call is made.
func (s *sim) meet(call *ast.CallExpr, w world) {
	if w.doubt {
		return
	}
	state := s.log.calls[call]
	if state == nil {
		state = &callState{locks: make(map[lockID]*lockSeen)}
		s.log.calls[call] = state
	}
	state.worlds++
	state.loose = state.loose || w.coarse
	for _, l := range w.locks {
		state.see(l)
	}
}

func (c *callState) see(l lockState) {
	if l.hold == untouched {
		return
	}
	seen := c.locks[l.id]
	if seen == nil {
		seen = &lockSeen{}
		c.locks[l.id] = seen
	}
	seen.touched++
	if l.hold != held {
		return
	}
	seen.held++
	for _, take := range l.by {
		if !slices.Contains(seen.by, take) {
			seen.by = append(seen.by, take)
		}
	}
}

// untouched reports whether a lock is, in some world and in all worlds, as the
// caller left it, in both modes.
func (c *callState) untouched(id lockID) (some, all bool) {
	if c.loose {
		return false, false
	}
	touched := 0
	for _, id := range []lockID{id &^ 1, id | 1} {
		if seen := c.locks[id]; seen != nil {
			touched = max(touched, seen.touched)
		}
	}
	return touched < c.worlds, touched == 0
}
