package facts

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// What worlds have in common covers each of them, and covering is an order: so
// worlds that arrive at a block only ever lose knowledge, and the simulation ends.
func TestCommonWorldIsAJoin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		a, b, c := randomWorld(r), randomWorld(r), randomWorld(r)
		join := a.common(b)
		if !join.covers(a) || !join.covers(b) {
			t.Fatalf("%+v does not cover %+v and %+v", join, a, b)
		}
		if !a.covers(a) || a.common(a).key() != a.key() {
			t.Fatalf("%+v is not its own join", a)
		}
		if join.key() != b.common(a).key() {
			t.Fatalf("the join of %+v and %+v depends on their order", a, b)
		}
		if a.covers(b) && b.covers(c) && !a.covers(c) {
			t.Fatalf("%+v covers %+v covers %+v, but not the last", a, b, c)
		}
		if a.covers(b) && !a.common(c).covers(b.common(c)) {
			t.Fatalf("joining %+v makes less of %+v than of %+v", c, a, b)
		}
	}
}

// randomWorld makes a world with some known conditions.
func randomWorld(r *rand.Rand) world {
	w := world{doubt: r.IntN(2) == 0}
	for id := range condID(4) {
		if r.IntN(2) == 0 {
			w = w.withTruth(id, r.IntN(3) == 0)
		}
	}
	return w
}

func TestWorldsAreValues(t *testing.T) {
	before := world{}.withTruth(1, true).withLock(lockState{id: 2, hold: held, by: []takeID{7}})
	key := before.key()
	before.withTruth(1, false)
	before.withTruth(0, true)
	before.withLock(lockState{id: 2, hold: free})
	before.withLock(lockState{id: 0, hold: held})
	before.taken(3, 8)
	before.unclear(2)
	before.coarsened()
	before.keepTruths(func(condID) bool { return false })
	if before.key() != key {
		t.Error("a change of a copy changes the world")
	}
	if !slices.IsSortedFunc(before.withTruth(0, true).truths, func(a, b truth) int { return int(a.cond - b.cond) }) {
		t.Error("conditions are not sorted: equal worlds would have different keys")
	}
}
