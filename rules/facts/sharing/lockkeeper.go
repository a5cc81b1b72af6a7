package sharing

import (
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// keepsLock reports whether a function is a method of an object that is made with a lock of
// another one held, and has it until one of its methods gives it back: the others run under
// it then, whoever calls them.
//
//	func (s *Store) Begin() *tx { s.mu.Lock(); return &tx{store: s} }
//	func (t *tx) Put(k string)  { t.store.items[k] = true }
//	func (t *tx) Commit()       { t.store.mu.Unlock() }
func (f *Facts) keepsLock(fn *function) bool {
	if fn.obj == nil || fn.obj.Signature().Recv() == nil {
		return false
	}
	t := pointedNamed(fn.obj.Signature().Recv().Type())
	if t == nil {
		return false
	}
	keeps, known := f.keepers[t]
	if !known {
		if f.keepers == nil {
			f.keepers = map[*types.TypeName]bool{}
		}
		keeps = f.findKept(t)
		f.keepers[t] = keeps
	}
	return keeps
}

// findKept reports whether the methods of a type release a lock of what a field leads to,
// and none of them takes it.
func (f *Facts) findKept(t *types.TypeName) bool {
	named, ok := t.Type().(*types.Named)
	if !ok {
		return false
	}
	var released, taken []string
	for m := range named.Methods() {
		s := f.pkg.Summary(m)
		if s == nil {
			continue
		}
		for _, e := range s.Effects {
			if e.Arg == 0 && e.Does == facts.Releases && strings.Count(e.Path, ".") > 1 {
				released = append(released, e.Path)
			}
		}
		for _, take := range s.Takes {
			if take.Arg == 0 {
				taken = append(taken, take.Path)
			}
		}
	}
	return slices.ContainsFunc(released, func(path string) bool { return !slices.Contains(taken, path) })
}
