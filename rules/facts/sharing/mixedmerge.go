package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// Not every object of a type is shared: what one goroutine counts is counted plainly, and
// by atomic only when it is added to what all have counted. An object of which more is
// changed plainly is not shared at all, whatever of it is atomic.

// onlyMerged reports whether functions of sync/atomic do nothing with a field but to add
// that of another object to it.
//
//	func (t *Tally) add(of *Tally) { atomic.AddUint64(&t.rows, of.rows) }
func (f *Facts) onlyMerged(v *types.Var) bool {
	merged := false
	for _, b := range f.accesses[v] {
		if b.Atomic && !b.fn.test {
			if !f.merges(b) {
				return false
			}
			merged = true
		}
	}
	return merged
}

// merges reports whether an atomic access adds the same field of another object.
func (f *Facts) merges(b *Access) bool {
	call := f.atomicCall(b)
	if call == nil || len(call.Args) != 2 {
		return false
	}
	from := false
	f.pkg.Inspect(call.Args[1], func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if other := f.at[e]; ok && other != nil && !other.Atomic && other.Var == b.Var {
			from = true
		}
		return !from
	})
	return from
}

// plainBeside reports whether the function of a plain write changes plainly another field
// of the same object, which those who make the atomic access use plainly too: they could
// not do so at the same time anyway.
func (f *Facts) plainBeside(a, atomic *Access) bool {
	users := []*function{atomic.fn.outermost()}
	if sites := f.realSites(users[0]); len(sites) > 0 && len(f.bareFields(users[0], atomic.Var, false)) == 0 {
		users = users[:0]
		for _, s := range sites {
			if s.in == nil {
				return false
			}
			users = append(users, s.in.outermost())
		}
	}
	changed := f.bareFields(a.fn.outermost(), a.Var, true)
	return !slices.ContainsFunc(users, func(user *function) bool {
		return !slices.ContainsFunc(f.bareFields(user, a.Var, false), func(v *types.Var) bool { return slices.Contains(changed, v) })
	})
}

// bareFields returns the fields of the same struct that a function uses, or writes, plainly
// and with no lock held.
func (f *Facts) bareFields(fn *function, of *types.Var, written bool) (all []*types.Var) {
	around := f.structOfField(of)
	for v, accesses := range f.accesses {
		if v == of || !v.IsField() || f.structOfField(v) != around {
			continue
		}
		if slices.ContainsFunc(accesses, func(b *Access) bool {
			return b.fn.outermost() == fn && !b.Atomic && !b.Address && (b.Write || !written) && f.stateAt(b.fn, b.Expr).bare
		}) {
			all = append(all, v)
		}
	}
	return all
}
