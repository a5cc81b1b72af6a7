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
	locks  []lockSeen
}

// lockSeen counts the worlds in which a lock is not as the caller left it.
type lockSeen struct {
	id      lockID
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
		state = &callState{}
		s.log.calls[call] = state
	}
	state.worlds++
	state.loose = state.loose || w.coarse
	for _, l := range w.locks {
		state.see(l)
	}
}

// of returns what was seen of a lock, nil if it was never touched.
func (c *callState) of(id lockID) *lockSeen {
	for i := range c.locks {
		if c.locks[i].id == id {
			return &c.locks[i]
		}
	}
	return nil
}

func (c *callState) see(l lockState) {
	if l.hold == untouched {
		return
	}
	seen := c.of(l.id)
	if seen == nil {
		c.locks = append(c.locks, lockSeen{id: l.id})
		seen = &c.locks[len(c.locks)-1]
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
		if seen := c.of(id); seen != nil {
			touched = max(touched, seen.touched)
		}
	}
	return touched < c.worlds, touched == 0
}
