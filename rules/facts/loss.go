package facts

import (
	"cmp"
	"go/ast"
	"go/token"
	"slices"
)

// losses returns the ways out on which an acquisition stays held. The caller
// has made sure that others release it.
func (u *unit) losses(id takeID, log *record) []Loss {
	lost := u.lostExits(id, log)
	for _, again := range log.relocks {
		if again.waits && again.running == nil && slices.Contains(again.by, id) && u.takes[id] == again.call {
			lost = append(lost, log.turns(again, id, u)...)
		}
	}
	lost = append(lost, u.lostTurns(id, log)...)
	slices.SortStableFunc(lost, func(a, b Loss) int { return cmp.Compare(wayPos(a.At), wayPos(b.At)) })
	return slices.CompactFunc(lost, func(a, b Loss) bool { return a.At == b.At })
}

// lostTurns returns the ends of loop turns after which nobody can release the
// lock any more: the variable that leads to it gets its next value, and no
// other name or function releases such a lock.
func (u *unit) lostTurns(id takeID, log *record) []Loss {
	var lost []Loss
	for _, gone := range log.forgets {
		if slices.Contains(gone.by, id) && u.onlyName(u.takeOf[id].lock) {
			lost = append(lost, log.turns(gone, id, u)...)
		}
	}
	return lost
}

// onlyName reports whether no other name in the unit releases a lock that may
// be the same, and no other function does.
func (u *unit) onlyName(id lockID) bool {
	return !u.releasable(u.locks[id]) && !u.otherName(id)
}

// otherName reports whether the unit releases by another name a lock that may be the same.
func (u *unit) otherName(id lockID) bool {
	for i, class := range u.released {
		if u.releasedIDs[i] != id && class.mayBe(u.locks[id].class) {
			return true
		}
	}
	return false
}

// keptBehind reports whether a lock may have got another name, by which it is released:
// the variable that leads to it is gone where the way out begins, as that of a loop is
// behind the loop.
func (u *unit) keptBehind(id lockID, way ast.Node) bool {
	root := u.locks[id].Root
	if root == nil || root.Parent() == nil || root.Parent().Contains(token.Pos(wayPos(way))) {
		return false
	}
	return u.otherName(id)
}

// wayPos is where a way out lies: the end of a block, the beginning of anything else.
func wayPos(n ast.Node) int {
	if b, ok := n.(*ast.BlockStmt); ok {
		return int(b.Rbrace)
	}
	return int(n.Pos())
}

func (u *unit) lostExits(id takeID, log *record) []Loss {
	var lost []Loss
	all := make(map[ast.Node]int)
	with := make(map[ast.Node]int)
	for _, e := range log.exits {
		all[e.way]++
		if u.handsOver(e, log.routine.fn, u.takeOf[id].lock) >= 0 {
			continue
		}
		if s := e.world.lock(u.takeOf[id].lock); slices.Contains(s.by, id) && !s.owed {
			with[e.way]++
		}
	}
	for way, n := range with {
		if !u.byContract(id, way, log) && !u.keptBehind(u.takeOf[id].lock, way) && !u.pkg.keptOnPurpose(u.takes[id], way) {
			lost = append(lost, Loss{At: way, Must: n == all[way]})
		}
	}
	return lost
}

func (w world) holds(id lockID, take takeID) bool {
	return slices.Contains(w.lock(id).by, take)
}

// turns finds where the way back to the lock begins: the continue or goto, or
// the end of the loop's body, that a path with the lock held passes last.
func (r *record) turns(again relocking, id takeID, u *unit) []Loss {
	lock := u.takeOf[id].lock
	seen := map[*visit]bool{again.visit: true}
	todo := []*visit{again.visit}
	var lost []Loss
	for len(todo) > 0 {
		v := todo[0]
		todo = todo[1:]
		for _, from := range v.from {
			if at := turn(from.block, v.block); at != nil {
				lost = append(lost, Loss{At: at, Relock: again.call, Must: r.always(from.block, lock, id)})
				continue
			}
			if !seen[from] && from.world.holds(lock, id) {
				seen[from] = true
				todo = append(todo, from)
			}
		}
	}
	return lost
}

// always reports whether every world at the block's start holds the lock.
func (r *record) always(block *Block, lock lockID, id takeID) bool {
	for _, v := range r.visits[block.Index] {
		if !v.world.holds(lock, id) {
			return false
		}
	}
	return true
}

// turn returns the statement by which control goes back from one block to
// another: continue, goto, or the body whose end it reaches.
func turn(from, to *Block) ast.Node {
	for _, edge := range from.Succs {
		if edge.To == to && edge.Turn != nil {
			return edge.Turn
		}
	}
	if len(from.Nodes) == 0 {
		return nil
	}
	last, ok := from.Nodes[len(from.Nodes)-1].(*ast.BranchStmt)
	if ok && last.Tok.String() != "break" && last.Tok.String() != "fallthrough" {
		return last
	}
	return nil
}
