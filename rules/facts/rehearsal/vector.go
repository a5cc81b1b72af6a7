package rehearsal

import "slices"

// A vector says of each goroutine, by number, up to which of its times somebody knows
// what it did: a vector clock (Fidge, Mattern 1988). What is ordered by nothing but
// luck, or by a Sleep, is not in it.
type vector []int

// joined returns what one knows who knows both.
func (v vector) joined(w vector) vector {
	all := slices.Clone(v)
	for i, n := range w {
		if i < len(all) {
			all[i] = max(all[i], n)
		} else {
			all = append(all, n)
		}
	}
	return all
}

func (v vector) of(g *goroutine) int {
	if g.id < len(v) {
		return v[g.id]
	}
	return 0
}

// acquire makes a goroutine know what was released before.
func (g *goroutine) acquire(past ...vector) {
	for _, v := range past {
		if len(v) > 0 {
			g.knows = g.knows.joined(v)
		}
	}
}

// release lets those who acquire know what the goroutine did up to now.
func (g *goroutine) release(into *vector) { *into = into.joined(g.fork()) }

// fork returns what a goroutine knows now; what it does later is not in it.
func (g *goroutine) fork() vector {
	known := g.knows
	g.knows = slices.Clone(known)
	g.knows[g.id]++
	return known
}

// meetWith makes two goroutines know what the other did: an unbuffered channel.
func (g *goroutine) meetWith(other *goroutine) {
	mine, theirs := g.fork(), other.fork()
	g.acquire(theirs)
	other.acquire(mine)
}

// born is the vector of a new goroutine.
func born(id int, past vector) vector {
	all := past.joined(make(vector, id+1))
	all[id] = 1
	return all
}
