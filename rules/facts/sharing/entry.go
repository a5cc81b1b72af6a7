package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// An entry of a guarded map or slice is guarded too, where others change it under
// the same lock: who has looked it up under the lock and uses it behind the unlock
// races with them. That the function takes the lock shows that others can be at
// work; it has not taken the entry out of the map.
//
//	m.mu.Lock()
//	state := m.nodes[name]
//	m.mu.Unlock()
//	use(state.incarnation)

// keptEntry returns the access by which the function of another one has looked up,
// under the guard, the entry that it uses without; nil if it has not.
func (f *Facts) keptEntry(a *Access, g *Guard) *Access {
	v := f.entryVariable(a)
	if v == nil || a.fn.test && !f.ofTest(a.Var) || f.prepares(a.fn.outermost()) || !f.writtenUnder(a, g) {
		return nil
	}
	from := f.lookedUp(a.fn, v, g.Lock)
	if from == nil || !f.released(a.fn, a.Expr, g.Lock) || f.taken(a.fn, from, v) || f.takesOut(a.fn.outermost(), from.Var, 2) {
		return nil
	}
	before, now := f.stateAt(a.fn, from.Expr).locks, f.stateAt(a.fn, a.Expr).locks
	if len(now.both(before)) < len(now) {
		return nil // a lock that it has taken since, as of the entry
	}
	return from
}

// entryVariable returns the local variable that leads to the object of an access.
func (f *Facts) entryVariable(a *Access) *types.Var {
	sel, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	for ok {
		if id, isName := ast.Unparen(sel.X).(*ast.Ident); isName {
			v, isVar := f.pkg.Use(id).(*types.Var)
			if _, pointer := f.typeOf(id).(*types.Pointer); isVar && pointer && v.Kind() == types.LocalVar {
				return v
			}
			return nil
		}
		sel, ok = ast.Unparen(sel.X).(*ast.SelectorExpr)
	}
	return nil
}

// writtenUnder reports whether all writes of a variable by other functions, once
// others can be at work, hold the guard, and which are more than one.
func (f *Facts) writtenUnder(a *Access, g *Guard) bool {
	writers := map[*function]bool{}
	for _, b := range f.accesses[a.Var] {
		if b.fn.outermost() == a.fn.outermost() || !b.Write {
			continue
		}
		states := f.opinions(b)
		for _, state := range states {
			if write, held := state.locks[g.Lock]; !held || !write {
				return false
			}
			writers[b.fn.outermost()] = true
		}
	}
	return len(writers) > 0
}

// lookedUp returns the access of a map or slice by which a function gives a local
// variable its only value, an entry, while it holds a lock that it has taken.
func (f *Facts) lookedUp(fn *function, v *types.Var, lock types.Object) *Access {
	value := f.onlyValue(f.topAround(v.Pos()), v)
	if index, ok := value.(*ast.IndexExpr); ok {
		value = ast.Unparen(index.X)
	}
	if call, ok := value.(*ast.CallExpr); ok {
		return f.lookedUpBy(fn, call, lock)
	}
	if value == nil || f.at[value] == nil {
		return nil
	}
	from := f.at[value]
	if from.fn != fn || !f.holdsEntries(from.Var.Type(), v.Type()) || !f.heldHere(from, from.Expr, lock) {
		return nil
	}
	return from
}

// holdsEntries reports whether a map or slice holds values of a type.
func (f *Facts) holdsEntries(container, entry types.Type) bool {
	switch container := container.Underlying().(type) {
	case *types.Map:
		return sameEntry(container.Elem(), entry)
	case *types.Slice:
		return sameEntry(container.Elem(), entry)
	}
	return false
}

// sameEntry reports whether two types of entries are one, by whatever names a method has the parameters
// of a generic type.
//
//	func (c *Cache[K, V]) Get(k K) { e := c.m[k] } // *entry[V], of another V than the map is declared with
func sameEntry(x, y types.Type) bool {
	if types.Identical(x, y) {
		return true
	}
	a, pointer := pointedTo(x)
	b, other := pointedTo(y)
	named, ok := types.Unalias(a).(*types.Named)
	of, ok2 := types.Unalias(b).(*types.Named)
	return pointer && other && ok && ok2 && named.TypeArgs().Len() > 0 && named.Origin() == of.Origin()
}

// lookedUpBy returns the access by which a function that is called looks up, under
// a lock that it takes and gives back, the entry that it returns.
func (f *Facts) lookedUpBy(fn *function, call *ast.CallExpr, lock types.Object) (from *Access) {
	callee := f.decls[originOf(f.pkg.Callee(call))]
	if callee == nil || callee == fn {
		return nil
	}
	f.pkg.Inspect(callee.body(), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || len(ret.Results) == 0 {
			return !ok
		}
		index, ok := ast.Unparen(ret.Results[0]).(*ast.IndexExpr)
		if !ok {
			return false
		}
		if a := f.at[ast.Unparen(index.X)]; a != nil && a.fn == callee && f.holdsEntries(a.Var.Type(), f.pkg.TypeOf(call)) && f.heldHere(a, a.Expr, lock) {
			from = a
		}
		return false
	})
	return from
}

// taken reports whether a function, or the one that looks up for it, takes entries out of the map or slice that it
// has looked into, or puts its own there: then the entry may be its own.
func (f *Facts) taken(fn *function, from *Access, v *types.Var) bool {
	return slices.ContainsFunc(f.accesses[from.Var], func(b *Access) bool {
		return b.Write && (b.fn.outermost() == fn.outermost() || b.fn.outermost() == from.fn.outermost())
	})
}
