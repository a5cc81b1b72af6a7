package rehearsal

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// A round is where a goroutine was when time last passed, with what its variables held
// that could count.
type round struct {
	at     token.Pos
	counts map[ssa.Value]value
}

// passes notes, when time passes, whether anything is other than in the round before: who
// sleeps again and again, and writes nothing in between, will always do.
func (r *run) passes() {
	for _, g := range r.goroutines {
		if g.ended || g.pending == nil {
			continue
		}
		was, ok := r.rounds[g]
		is := round{g.pending.pos, map[ssa.Value]value{}}
		for _, f := range g.frames {
			for v, slot := range f.slots {
				switch x := f.values[slot].(type) {
				case int64, float64, bool, string:
					is.counts[v] = x
				}
			}
		}
		if !ok || was.at != is.at || !was.same(is) {
			r.changed = r.rings
		}
		r.rounds[g] = is
	}
}

func (w round) same(is round) bool {
	for v, x := range is.counts {
		if had, ok := w.counts[v]; ok && had != x {
			return false
		}
	}
	return len(w.counts) == len(is.counts)
}
