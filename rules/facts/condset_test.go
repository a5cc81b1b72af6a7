package facts

import (
	"slices"
	"testing"
)

func TestCondSet(t *testing.T) {
	var live, uses, kills condSet
	for _, id := range []condID{0, 63, 64, 200} {
		uses.add(id)
	}
	kills.add(63)
	if !live.addBut(uses, kills) || live.addBut(uses, kills) {
		t.Error("adding tells wrongly whether there was something new")
	}
	if got := slices.Collect(live.all()); !slices.Equal(got, []condID{0, 64, 200}) {
		t.Errorf("all: %v", got)
	}
	if !live.has(64) || live.has(63) || live.has(5000) {
		t.Error("has is wrong")
	}
}
