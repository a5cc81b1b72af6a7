package order

import (
	"cmp"
	"slices"
)

// A keptFunc is a function that a field of a struct, or a variable, keeps.
type keptFunc struct {
	id   string
	test bool // it is put there by a test
}

// maxKept is how many functions something may keep before a call of it leads
// nowhere.
const maxKept = 4

// keptIn says what is kept where in a program: what is put there, and what is given
// to the parameters of functions that put it there.
func keptIn(sketches []*Sketch) map[string][]keptFunc {
	all := make(map[string][]keptFunc)
	keepers := make(map[[2]any][]Store) // by function and parameter
	for _, s := range sketches {
		for _, store := range s.Stores {
			if store.Param == 0 {
				all[store.In] = append(all[store.In], keptFunc{store.Func, store.Test})
			} else {
				key := [2]any{store.Func, store.Param}
				keepers[key] = append(keepers[key], store)
			}
		}
	}
	for _, s := range sketches {
		for _, h := range s.Handings {
			for _, store := range keepers[[2]any{h.To, h.Param}] {
				all[store.In] = append(all[store.In], keptFunc{h.Func, h.Test || store.Test})
			}
		}
	}
	for in, funcs := range all {
		slices.SortFunc(funcs, func(a, b keptFunc) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(bit(a.test), bit(b.test))) })
		all[in] = slices.CompactFunc(funcs, func(a, b keptFunc) bool { return a.id == b.id })
	}
	return all
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// keptTargets returns the functions that a call of what is kept may run. Those of
// tests do not count outside them.
func (p *linked) keptTargets(from *Func, in string) (found []*Func) {
	for _, k := range p.kept[in] {
		fn := p.funcs[k.id]
		if fn == nil || k.test && !from.Test || fn.ID == from.ID || fn.within(from) || from.within(fn) {
			continue // it wraps what was there before it
		}
		found = append(found, fn)
	}
	if len(found) > maxKept {
		return nil
	}
	return found
}
