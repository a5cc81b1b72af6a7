package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// Who looks an entry up in a guarded map or slice, or puts it there, and writes a
// field of it behind the unlock, races with others who look at that field of all
// entries under the lock. So does a goroutine that is given such an entry.
//
//	s.mu.Lock()
//	e := s.byID[id]
//	s.mu.Unlock()
//	e.seen = time.Now()

// entryRace returns what is wrong with a write of an entry's field without the lock
// of the map that the entry is in, and under which another function uses the field.
func (f *Facts) entryRace(a *Access) (Unguarded, bool) {
	v := f.rootPointer(a)
	if v == nil || !a.Write || a.Element || a.Address || a.fn.test && !f.ofTest(a.Var) || a.fn.once || !f.varies(a.Var) {
		return Unguarded{}, false
	}
	from := f.entrySource(a.fn, v)
	if from == nil || f.prepares(a.fn.outermost()) || f.excused(a) {
		return Unguarded{}, false
	}
	if from.fn == a.fn && (!f.before(a.fn, from.Expr, a.Expr) || from.Write && f.before(a.fn, a.Expr, from.Expr)) {
		return Unguarded{}, false // nobody else has it yet
	}
	lock := f.entryLock(from, a)
	if lock == nil || f.deletes(from) || f.deletes(&Access{Var: from.Var, fn: a.fn}) {
		return Unguarded{}, false
	}
	state := f.stateAt(a.fn, a.Expr)
	if _, held := state.locks[lock]; held || f.pkg.LocksAt(a.fn.node, a.Expr).Doubt || a.fn.says() || !f.quiet(a.fn, a.Expr) {
		return Unguarded{}, false
	}
	for _, b := range f.accesses[a.Var] {
		if b.fn.outermost() == a.fn.outermost() || b.fn.test && !f.ofTest(b.Var) || b.Address || !conflicts(a, b) || !f.heldHere(b, b.Expr, lock) || f.excused(b) || f.early(b) {
			continue
		}
		if len(state.locks.both(f.stateAt(b.fn, b.Expr).locks)) > 0 || !f.ofSameEntries(b, from.Var) || f.oneGoroutine(a.fn, b.fn) || f.ordered(a, b) || f.tells(a, b) {
			continue
		}
		return Unguarded{Access: a, Guard: &Guard{Lock: lock, Holding: []*Access{b}, All: 2}, With: b, From: from}, true
	}
	return Unguarded{}, false
}

// entryLock returns the lock under which an entry has been looked up: the guard of the
// map or slice, or of the field; where few accesses say so, the lock beside the map.
func (f *Facts) entryLock(from, a *Access) types.Object {
	g := f.GuardOf(from.Var)
	if g == nil {
		g = f.GuardOf(a.Var)
	}
	if g != nil && !g.Thin && f.heldHere(from, from.Expr, g.Lock) {
		return g.Lock
	}
	if g != nil && !g.Thin || !from.Var.IsField() {
		return nil
	}
	for class := range f.stateAt(from.fn, from.Expr).locks {
		if f.siblings(from.Var, class) && f.onlyLock(class) && f.heldHere(from, from.Expr, class) {
			return class
		}
	}
	return nil
}

// rootPointer returns the local variable or parameter, a pointer, of whose object an
// access names a field.
func (f *Facts) rootPointer(a *Access) *types.Var {
	sel, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar && v.Kind() != types.ParamVar {
		return nil
	}
	if _, pointer := v.Type().Underlying().(*types.Pointer); !pointer {
		return nil
	}
	return v
}

// entrySource returns the access of a map or slice of which a variable holds an
// entry: one that the function has looked up or put there, under a lock; of a
// parameter, the function that starts this one on a goroutine.
func (f *Facts) entrySource(fn *function, v *types.Var) *Access {
	if v.Kind() == types.ParamVar {
		return f.givenEntry(fn, v)
	}
	top := f.topAround(v.Pos())
	if top == nil || fn.outermost() != top {
		return nil
	}
	given := f.valuesOf(top)[v]
	if given == nil || given.unknown {
		return nil
	}
	var from *Access
	for _, value := range given.values {
		a := f.entryOfValue(top, value, v)
		if a == nil && f.valueOwner(top, value) == Own {
			a = f.putInto(top, v)
		}
		if a == nil || from != nil && a.Var != from.Var {
			return nil
		}
		from = a
	}
	return from
}

// entryOfValue returns the access by which a value is looked up: m[k], or the map, slice or
// list of entries that a loop ranges over; here, or in a function that is called.
func (f *Facts) entryOfValue(top *function, value ast.Expr, v *types.Var) *Access {
	value = ast.Unparen(value)
	path := &entryPath{Facts: f, top: top, entry: v.Type()}
	if call, ok := value.(*ast.CallExpr); ok {
		return path.called(call)
	}
	if index, ok := value.(*ast.IndexExpr); ok {
		value = ast.Unparen(index.X)
	}
	return path.listed(value)
}

// putInto returns the access by which a function puts the object of a variable into
// a map.
func (f *Facts) putInto(top *function, v *types.Var) *Access {
	into, _ := f.putBy(top, v)
	return into
}

// putBy returns that, and the statement that does so.
func (f *Facts) putBy(top *function, v *types.Var) (into *Access, by *ast.AssignStmt) {
	f.pkg.Inspect(top.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != len(set.Rhs) {
			return true
		}
		for i, lhs := range set.Lhs {
			if index, ok := ast.Unparen(lhs).(*ast.IndexExpr); ok && f.isVariable(set.Rhs[i], v) && isMap(f.pkg.TypeOf(index.X)) {
				into, by = f.at[ast.Unparen(index.X)], set
			}
		}
		return true
	})
	return into, by
}

// givenEntry returns the access by which the function that starts another on a
// goroutine has looked up the entry that it gives to that.
func (f *Facts) givenEntry(fn *function, v *types.Var) *Access {
	if fn.obj == nil {
		return nil
	}
	for _, s := range f.realSites(fn) {
		if s.runs != started || s.in == nil || s.in == fn {
			continue
		}
		id, ok := f.argument(fn, v, s).(*ast.Ident)
		if !ok {
			continue
		}
		if arg, ok := f.pkg.Use(id).(*types.Var); ok && arg.Kind() == types.LocalVar {
			if from := f.entrySource(s.in, arg); from != nil {
				return from
			}
		}
	}
	return nil
}

// deletes reports whether a function takes entries out of a map or slice, or replaces
// it: then what it has looked up may be its own. What a goroutine that it starts does, a timer say,
// comes later.
func (f *Facts) deletes(a *Access) bool {
	return slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		if !b.Write || b.fn.outermost() != a.fn.outermost() || b.goroutine() != a.goroutine() {
			return false
		}
		return !b.Content && !b.Element || f.removes(b)
	}) || f.takesOut(a.fn.outermost(), a.Var, 2)
}

// takesOut reports whether a function has an entry taken out of a map or slice by the heap that this
// is, or by a function that it calls, through so many calls.
//
//	j := t.jobs[0]
//	heap.Pop(&t.jobs)
func (f *Facts) takesOut(fn *function, v *types.Var, depth int) (does bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if lit, literal := n.(*ast.FuncLit); literal && f.funcs[lit].runs == started {
			return false
		}
		if _, aside := n.(*ast.GoStmt); aside {
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if does || !ok {
			return !does
		}
		callee, isFunc := f.pkg.Callee(call).(*types.Func)
		if !isFunc {
			return true
		}
		if callee.Pkg() != nil && callee.Pkg().Path() == "container/heap" && (callee.Name() == "Pop" || callee.Name() == "Remove") {
			does = slices.ContainsFunc(f.accesses[v], func(b *Access) bool { return within(call.Args[0], b.Expr) })
			return !does
		}
		helper := f.decls[originOf(callee)]
		does = helper != nil && helper != fn && depth > 0 && (f.removesIn(helper, v) || f.takesOut(helper, v, depth-1))
		return !does
	})
	return does
}

// removesIn reports whether a function removes entries from a map or slice.
func (f *Facts) removesIn(fn *function, v *types.Var) bool {
	return slices.ContainsFunc(f.accesses[v], func(b *Access) bool { return b.Write && b.fn.outermost() == fn && f.removes(b) })
}

// removes reports whether a write takes something out: delete(m, k), s = s[1:].
func (f *Facts) removes(b *Access) bool {
	switch use := b.Use.(type) {
	case *ast.CallExpr:
		return !strings.HasPrefix(calledMethod(use), "append")
	case *ast.AssignStmt:
		return !b.Content && !b.Element && slices.ContainsFunc(use.Rhs, func(e ast.Expr) bool {
			return f.pkg.IsNil(e) || holdsSlicing(e)
		})
	}
	return false
}

// holdsSlicing reports whether a part of a slice stands in an expression, or slices.Delete does.
func holdsSlicing(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SliceExpr:
			found = true
		case *ast.CallExpr:
			found = found || strings.HasPrefix(calledMethod(n), "Delete")
		}
		return !found
	})
	return found
}

// ofSameEntries reports whether an access is of an entry of a map or slice.
func (f *Facts) ofSameEntries(b *Access, container *types.Var) bool {
	v := f.rootPointer(b)
	if v == nil || v.Kind() != types.LocalVar {
		return false
	}
	top := f.topAround(v.Pos())
	if top == nil {
		return false
	}
	given := f.valuesOf(top)[v]
	if given == nil || f.holdsNew(b, v) {
		return false
	}
	return slices.ContainsFunc(given.values, func(value ast.Expr) bool {
		a := f.entryOfValue(top, value, v)
		return a != nil && (a.Var == container || f.alike(a.Var, container))
	})
}

// holdsNew reports whether a variable holds, at an access, what the function has made right
// before, because there was nothing: nobody else has that as long as the lock is held.
//
//	p := t.peers[name]
//	if p == nil {
//		p = &peer{}
//		p.addr = addr
//		t.peers[name] = p
//	}
func (f *Facts) holdsNew(b *Access, v *types.Var) bool {
	var last ast.Node
	made, released := false, false
	f.pkg.Inspect(b.fn.body(), func(n ast.Node) bool {
		if n == nil || n.Pos() >= b.Expr.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if id, ok := lhs.(*ast.Ident); ok && f.pkg.ObjectOf(id) == types.Object(v) {
					last, released = n, false
					made = len(n.Lhs) == len(n.Rhs) && !f.pkg.IsNil(n.Rhs[i]) && f.makes(n.Rhs[i])
				}
			}
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			released = released || ok && (sel.Sel.Name == "Unlock" || sel.Sel.Name == "RUnlock")
		}
		return true
	})
	if !made || released {
		return false
	}
	_, always := f.pkg.Flow(b.fn.node).Precedes(last, b.Expr)
	return always
}
