package facts

import (
	"iter"
	"math/bits"
)

// A condSet is a set of conditions of one unit, a bit each: there is one at every block of
// every function.
type condSet []uint64

func (s condSet) has(id condID) bool {
	word := int(id) / 64
	return word < len(s) && s[word]&(1<<(id%64)) != 0
}

func (s *condSet) add(id condID) {
	s.grow(int(id)/64 + 1)
	(*s)[id/64] |= 1 << (id % 64)
}

// addBut adds what is in one set and not in another, and reports whether that was something new.
func (s *condSet) addBut(some, but condSet) (changed bool) {
	for i, word := range some {
		if i < len(but) {
			word &^= but[i]
		}
		if word == 0 {
			continue
		}
		s.grow(i + 1)
		changed = changed || word&^(*s)[i] != 0
		(*s)[i] |= word
	}
	return changed
}

func (s *condSet) grow(words int) {
	if missing := words - len(*s); missing > 0 {
		*s = append(*s, make([]uint64, missing)...)
	}
}

func (s condSet) all() iter.Seq[condID] {
	return func(yield func(condID) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(condID(i*64 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}
