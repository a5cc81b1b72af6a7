package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Who looks an entry up in a guarded map or slice under the lock, and reads a field of
// it behind the unlock, races with others who look entries of that map up under the
// lock, and write the field there.
//
//	m.mu.Lock()                             m.mu.Lock()
//	n := m.nodes[name]                      defer m.mu.Unlock()
//	m.mu.Unlock()                           n := m.nodes[name]
//	send(n.addr)                            n.addr = msg.addr

// entryRead returns what is wrong with a read of an entry's field, behind the unlock of
// the section in which its function, or one that it calls, has looked the entry up.
func (f *Facts) entryRead(a *Access) (Unguarded, bool) {
	if a.Write || a.Element || a.Address || a.Atomic || a.fn.test && !f.ofTest(a.Var) || a.fn.once {
		return Unguarded{}, false
	}
	if !f.varies(a.Var) || f.prepares(a.fn.outermost()) || f.excused(a) {
		return Unguarded{}, false
	}
	v := f.entryVariable(a)
	if v == nil {
		return f.entryReadFor(a)
	}
	from := f.entrySource(a.fn, v)
	if from == nil || from.Write || from.fn == a.fn && !f.before(a.fn, from.Expr, a.Expr) || f.deletes(from) || f.deletes(&Access{Var: from.Var, fn: a.fn}) {
		return Unguarded{}, false
	}
	lock := f.entryLock(from, a)
	if from.fn != a.fn && f.changesState(from.fn) {
		return Unguarded{}, false
	}
	if lock == nil || !f.released(a.fn, a.Expr, lock) || a.fn.says() || !f.quiet(a.fn, a.Expr) {
		return Unguarded{}, false
	}
	if b := f.entryWriter(a, a.fn, from, lock); b != nil {
		return Unguarded{Access: a, Guard: &Guard{Lock: lock, Holding: []*Access{b}, All: 2}, With: b, From: from}, true
	}
	return Unguarded{}, false
}

// entryReadFor returns what is wrong with a read that a function makes, without a lock, of a
// field of its receiver or parameter, where a caller gives it an entry that has left its
// section.
//
//	for _, p := range t.all() {
//		send(p.Address()) // reads p.addr
//	}
func (f *Facts) entryReadFor(a *Access) (Unguarded, bool) {
	v := f.givenPointer(a)
	if v == nil || len(f.stateAt(a.fn, a.Expr).locks) > 0 || a.fn.says() || !f.quiet(a.fn, a.Expr) {
		return Unguarded{}, false
	}
	return f.entryGiven(a, a.fn, v, longestEntryPath)
}

// entryGiven returns what is wrong with an access where a caller of a function gives it, as
// a parameter that leads there, an entry that has left its section.
func (f *Facts) entryGiven(a *Access, fn *function, v *types.Var, depth int) (Unguarded, bool) {
	for _, s := range f.realSites(fn) {
		if depth == 0 || s.in == nil || s.runs != inPlace || s.in.test && !f.ofTest(a.Var) || s.in.says() || f.prepares(s.in.outermost()) || len(f.stateAt(s.in, s.call).locks) > 0 {
			continue
		}
		arg := f.entryArgument(fn, v, s)
		if arg == nil {
			continue
		}
		if arg.Kind() != types.LocalVar {
			if u, ok := f.entryGiven(a, s.in, arg, depth-1); ok && f.keepsValue(s.in, arg) && f.quiet(s.in, s.call) {
				return u, true
			}
			continue
		}
		if from, lock := f.givenOut(a, arg, s); from != nil {
			if b := f.entryWriter(a, s.in, from, lock); b != nil {
				return Unguarded{Access: a, Guard: &Guard{Lock: lock, Holding: []*Access{b}, All: 2}, With: b, From: from, Call: s.call}, true
			}
		}
	}
	return Unguarded{}, false
}

// givenPointer returns the receiver or parameter of a declared function, a pointer, of whose
// object an access names a field.
func (f *Facts) givenPointer(a *Access) *types.Var {
	sel, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	if !ok || a.fn.obj == nil {
		return nil
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.Kind() != types.RecvVar && v.Kind() != types.ParamVar || !f.keepsValue(a.fn, v) {
		return nil
	}
	if _, pointer := v.Type().Underlying().(*types.Pointer); !pointer {
		return nil
	}
	return v
}

// entryArgument returns the variable that a call gives a function as a receiver or parameter:
// p for p, for &p.node, and for p.node of which the address is taken.
func (f *Facts) entryArgument(fn *function, v *types.Var, s site) *types.Var {
	arg := ast.Unparen(f.argument(fn, v, s))
	if address, ok := arg.(*ast.UnaryExpr); ok && address.Op == token.AND {
		arg = ast.Unparen(address.X)
	}
	for part, ok := arg.(*ast.SelectorExpr); ok && isStruct(f.pkg.TypeOf(part)); part, ok = arg.(*ast.SelectorExpr) {
		arg = ast.Unparen(part.X)
	}
	id, ok := arg.(*ast.Ident)
	if !ok {
		return nil
	}
	local, ok := f.pkg.Use(id).(*types.Var)
	if !ok || local.Kind() == types.PackageVar || local.IsField() {
		return nil
	}
	return local
}

// givenOut returns the access by which a caller has looked up the entry that it gives to a
// function, and the lock that it has released since.
func (f *Facts) givenOut(a *Access, local *types.Var, s site) (from *Access, lock types.Object) {
	from = f.entrySource(s.in, local)
	if from == nil || from.Write || from.fn == s.in && !f.before(s.in, from.Expr, s.call) || f.deletes(from) || f.deletes(&Access{Var: from.Var, fn: s.in}) || from.fn != s.in && f.changesState(from.fn) {
		return nil, nil
	}
	lock = f.entryLock(from, a)
	if lock == nil || !f.released(s.in, s.call, lock) || !f.quiet(s.in, s.call) || f.excusedIn(s.in, f.line(s.call.Pos()), true) {
		return nil, nil
	}
	return from, lock
}

// changesState reports whether a function that looks something up for others also sets a
// flag: maybe from then on nobody changes what it has found.
//
//	t.executed = true // Parse is refused now
//	return t.set[name]
func (f *Facts) changesState(fn *function) bool {
	for _, all := range f.accessesByPlace()[fn.outermost()] {
		if slices.ContainsFunc(all, func(a *Access) bool { return a.Write && a.Var.IsField() && isFlag(a.Var) }) {
			return true
		}
	}
	return false
}

// entryWriter returns a write of the field of an access that another function makes to
// what it has found in the same map or slice, under the lock that it has taken to write. By is
// the function that has released the lock.
func (f *Facts) entryWriter(a *Access, by *function, from *Access, lock types.Object) *Access {
	held := f.stateAt(a.fn, a.Expr).locks
	i := slices.IndexFunc(f.accesses[a.Var], func(b *Access) bool {
		if !b.Write || b.fn.outermost() == a.fn.outermost() || b.fn.outermost() == by.outermost() || b.fn.test && !f.ofTest(b.Var) || b.Address || b.fn.once || !conflicts(a, b) || !f.heldHere(b, b.Expr, lock) {
			return false
		}
		state := f.stateAt(b.fn, b.Expr)
		if !state.locks[lock] || len(held.both(state.locks)) > 0 || f.early(b) || f.excused(b) || !f.ofSameEntries(b, from.Var) {
			return false
		}
		return !f.oneGoroutine(by, b.fn) && !f.ordered(a, b)
	})
	if i < 0 {
		return nil
	}
	return f.accesses[a.Var][i]
}
