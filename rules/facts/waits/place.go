package waits

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// placeTaken decides whether a send with a lock held takes a place of a semaphore of which
// another function needs the lock when it has a place:
//
//	s.mu.Lock(); s.sem <- struct{}{} …        s.sem <- struct{}{}; s.mu.Lock() …
//
// When all places are with such, neither can go on.
func (f *Facts) placeTaken(w *op, h facts.Holding) (Held, bool) {
	if !f.isPlace(w) || w.class.measured {
		return Held{}, false
	}
	for _, give := range w.partners() {
		for _, take := range w.class.ops {
			if take.kind != Send || take.root != give.root || take.fn != take.root || !take.alone || take.root == w.root {
				continue
			}
			lock, ok := corresponding(w, take, h.Lock)
			if !ok || f.reassigned(take.root, lock.Root) || f.reassigned(take.root, take.at.Root) {
				continue
			}
			if n, ok := f.lockedWithPlace(take, lock, h.Read); ok {
				return Held{Wait: w.node, Kind: w.kind, Lock: h.Lock, By: h.By[0], Partner: give.node, Needs: n.call, Through: n.through, Place: true}, true
			}
		}
	}
	return Held{}, false
}

// TakesPlace reports whether a wait with a lock held is one for a place of a semaphore.
func (f *Facts) TakesPlace(wait ast.Node) bool {
	for fn := range f.lockers {
		if slices.ContainsFunc(f.Across(fn), func(h Held) bool { return h.Wait == wait && h.Place }) {
			return true
		}
	}
	return false
}

// isPlace reports whether a send puts a token into a channel that is a semaphore: all that
// receive from it have sent before, in the same function, and nobody closes it.
func (f *Facts) isPlace(w *op) bool {
	send, ok := w.node.(*ast.SendStmt)
	if !ok || w.class.unknown || !w.class.made || w.class.replaced {
		return false
	}
	ch, ok := f.pkg.TypeOf(send.Chan).Underlying().(*types.Chan)
	if !ok {
		return false
	}
	if s, isStruct := ch.Elem().Underlying().(*types.Struct); !isStruct || s.NumFields() > 0 {
		return false
	}
	return !slices.ContainsFunc(w.class.ops, func(o *op) bool {
		takes := slices.ContainsFunc(w.class.ops, func(t *op) bool {
			return t.kind == Send && t.root == o.root && t.node.Pos() < o.node.Pos()
		})
		return o.kind == Close || o.kind == Receive && !takes
	})
}

// lockedWithPlace returns the call by which a function takes a lock between the send that takes
// a place, and a receive that gives it back.
func (f *Facts) lockedWithPlace(take *op, lock facts.Lock, read bool) (need, bool) {
	flow := f.pkg.Flow(take.fn)
	if flow == nil {
		return need{}, false
	}
	gives := map[facts.Point]bool{}
	for _, o := range take.class.ops {
		if at, ok := flow.At(o.node); ok && o.kind == Receive && o.fn == take.fn && !o.deferred {
			gives[at] = true
		}
	}
	from, ok := flow.At(take.node)
	if !ok {
		return need{}, false
	}
	for _, n := range f.takes(take, flow, lock, read) {
		to, ok := flow.At(n.call)
		if ok && flow.Reaches(facts.Point{Block: from.Block, Index: from.Index + 1}, to, func(p facts.Point) bool { return gives[p] }) {
			if _, always := flow.Precedes(take.node, n.call); always {
				return n, true
			}
		}
	}
	return need{}, false
}
