package facts

import (
	"go/ast"
	"go/types"
)

// runLiteral is a function literal called where it stands: it runs inline.
type runLiteral struct{ lit *ast.FuncLit }

func (r runLiteral) run(s *sim, w world) []world {
	if !s.u.matters(r.lit) {
		return []world{w}
	}
	return s.inline(s.u.routines[r.lit], w)
}

// callVariable is unlock(), where unlock is a local variable.
type callVariable struct {
	call *ast.CallExpr
	v    *types.Var
}

// run calls what the variable holds in this world. If that is not known, it may
// be anything that the unit assigns to it.
func (c callVariable) run(s *sim, w world) []world {
	if fn, ok := w.function(c.v); ok {
		return callKnown{c.call, fn}.run(s, w)
	}
	for _, value := range s.u.vars[c.v].values {
		if fn, ok := s.u.callable(w, value); ok {
			w = c.maybe(s, fn, w)
		}
	}
	for _, fn := range s.u.givenTo[c.v] {
		w = c.maybe(s, fn, w)
	}
	return []world{w}
}

// maybe calls a function that the variable may hold.
func (c callVariable) maybe(s *sim, fn callable, w world) world {
	for _, id := range s.u.disturbs(fn) {
		s.orphan(c.call, id, w)
		w = w.unclear(id)
	}
	return w
}

// callKnown calls a function that is known although it is a value.
type callKnown struct {
	call *ast.CallExpr
	fn   callable
}

func (c callKnown) run(s *sim, w world) []world {
	switch {
	case c.fn.lit != nil:
		return runLiteral{c.fn.lit}.run(s, w)
	case c.fn.helper:
		return []world{callVariable{call: c.call}.maybe(s, c.fn, w)}
	case c.fn.method.op == Release:
		return releaseLock{c.call, c.fn.lock}.run(s, w)
	case c.fn.method.op == Acquire:
		site := takeSite{lock: c.fn.lock, home: s.log.routine.fn}
		return takeLock{c.call, s.u.take(c.call, site), c.fn.lock}.run(s, w)
	}
	return []world{w.unclear(c.fn.lock)}
}

// callable returns the function that an expression evaluates to in a world.
func (u *unit) callable(w world, e ast.Expr) (callable, bool) {
	switch e := ast.Unparen(orBlank(e)).(type) {
	case *ast.FuncLit:
		return callable{lit: e}, u.matters(e)
	case *ast.SelectorExpr:
		return u.methodValue(e)
	case *ast.CallExpr:
		return u.givenBy(e, 0)
	case *ast.Ident:
		if v, ok := u.pkg.ObjectOf(e).(*types.Var); ok {
			return w.function(v)
		}
	}
	return callable{}, false
}

// methodValue returns the lock method that an expression is the value of.
func (u *unit) methodValue(sel *ast.SelectorExpr) (callable, bool) {
	m, ok := u.pkg.lockMethod(sel)
	if !ok {
		return callable{helper: true, sel: sel}, len(u.helperReleases(sel)) > 0
	}
	at, ok := u.receiver(sel)
	if !ok {
		return callable{}, false
	}
	at.read = at.read || m.read
	return callable{method: m, lock: u.lock(at), sel: sel}, true
}

// helperReleases returns the locks that a method releases which its caller holds.
//
//	unlock = r.stopReading // func (r *store) stopReading() { r.mu.RUnlock() }
func (u *unit) helperReleases(sel *ast.SelectorExpr) (ids []lockID) {
	chosen := u.pkg.Info.Selections[sel]
	if chosen == nil || chosen.Kind() != types.MethodVal {
		return nil
	}
	effects, _, _ := u.pkg.knownEffects(chosen.Obj().(*types.Func).Origin())
	for _, e := range effects {
		if e.Does != Releases {
			continue
		}
		if at, ok := u.local(&ast.CallExpr{Fun: sel}, e.Ref); ok {
			at.read = e.Read
			ids = append(ids, u.lock(at))
		}
	}
	return ids
}

// disturbs returns the locks that a call of the function may find held and
// leave released.
func (u *unit) disturbs(fn callable) []lockID {
	switch {
	case fn.helper:
		return u.helperReleases(fn.sel)
	case fn.lit == nil:
		return []lockID{fn.lock}
	}
	r := u.routines[fn.lit]
	if r == nil || u.record(r) == nil {
		return nil
	}
	var ids []lockID
	for i := range u.locks {
		if id := lockID(i); r.done.mayRelease(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// mayRelease reports whether a call of the routine may release a lock that its
// caller holds, and not take it again.
func (r *record) mayRelease(id lockID) bool {
	if r.gaveUp {
		return true
	}
	net := r.net[id]
	return net != nil && net.releases && r.orphans[id]
}
