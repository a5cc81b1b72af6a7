package sharing

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"sync"
)

// A passage is an access that a declared function makes, by itself or by what
// it calls, to memory that its caller knows by a name: a variable of the
// package, or what its receiver or a parameter points to.
type passage struct {
	at     place // its root is the parameter, or the package variable
	access *Access
	locks  lockset   // held on the way, beside those of the callers
	sure   bool      // these are all
	by     *function // the goroutine of the function that makes it; nil: the function's own
	deep   int       // through how many calls
	waited bool      // somebody has been waited for on the way
}

// passageDepth is through how many calls an access is followed.
const passageDepth = 3

// passagesOf returns the passages of a declared function. What it does behind a
// wait may be in order with what others did before.
func (f *Facts) passagesOf(g *function) []passage { return f.passagesIn(g, &g.known, false) }

// passagesIn returns the passages of a function; with the reads, if asked, of what only
// other packages write.
func (f *Facts) passagesIn(g *function, known *passages, all bool) []passage {
	if known.followed {
		return known.found
	}
	known.followed = true // in recursion: what is known so far, nothing
	s := passageSearch{f, g, known, all, map[passageKey]bool{}}
	if g.says() {
		return nil
	}
	for at, accesses := range f.accessesByPlace()[g] {
		if !s.outlives(at) || !s.matters(accesses[0].Var) || f.replaced(f.accessesByPlace()[g], at) || f.copied(g, at) {
			continue
		}
		for _, a := range accesses {
			s.direct(at, a)
		}
	}
	for _, c := range f.callsOf(g) {
		s.through(c)
	}
	slices.SortFunc(known.found, func(a, b passage) int {
		return cmp.Or(cmp.Compare(a.access.Expr.Pos(), b.access.Expr.Pos()), cmp.Compare(a.at.path, b.at.path), cmp.Compare(a.at.root.Pos(), b.at.root.Pos()), cmp.Compare(bit(a.by != nil), bit(b.by != nil)))
	})
	return known.found
}

// copied reports whether a function goes on with a copy of what a parameter gives it, under the
// same name.
//
//	if m == nil { m = make(map[string]string) } else { m = maps.Clone(m) }
func (f *Facts) copied(g *function, at place) (does bool) {
	if at.root.Kind() != types.ParamVar || at.path != "" {
		return false
	}
	f.pkg.Inspect(g.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || set.Tok != token.ASSIGN || len(set.Lhs) != 1 || f.holder(set.Lhs[0]) != at.root {
			return !does
		}
		call, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
		does = does || ok && slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.holder(arg) == at.root })
		return !does
	})
	return does
}

// passages are those of a function, once they are found.
type passages struct {
	found    []passage
	followed bool
}

// matters reports whether a variable may change while goroutines use it.
func (s *passageSearch) matters(v *types.Var) bool {
	return s.varies(v) || s.partsVary(v) || s.all && v.IsField() && v.Exported()
}

// called returns the passages of a function that is called.
func (s *passageSearch) called(callee *function) []passage {
	if s.all {
		return s.passagesIn(callee, &callee.open, true)
	}
	return s.passagesOf(callee)
}

// Varies reports whether a variable is written once its object is in use.
func (f *Facts) Varies(v *types.Var) bool { return f.varies(v.Origin()) }

// varies reports whether a variable is written once its object is in use.
func (f *Facts) varies(v *types.Var) bool {
	if v.Kind() == types.ParamVar || f.touched[v] {
		return true
	}
	if f.varying == nil {
		f.varying = map[*types.Var]bool{}
		for v, accesses := range f.accesses {
			f.varying[v] = slices.ContainsFunc(accesses, func(a *Access) bool {
				return a.Write && !a.fn.initialises() && (!a.fn.test || f.ofTest(v) || v.Kind() == types.PackageVar) && f.ownerOf(a) != Own
			})
		}
	}
	return f.varying[v]
}

// partsVary reports whether a field of the struct that a variable is, is written once the
// object is in use.
func (f *Facts) partsVary(v *types.Var) bool {
	return isStruct(v.Type()) && slices.ContainsFunc(f.partsOf(v), func(a *Access) bool { return f.varies(a.Var) })
}

type passageSearch struct {
	*Facts
	g     *function
	known *passages
	all   bool
	seen  map[passageKey]bool
}

type passageKey struct {
	at     place
	access *Access
	by     *function
	waited bool
}

// outlives reports whether the caller of the function can reach a place.
func (s *passageSearch) outlives(at place) bool {
	switch at.root.Kind() {
	case types.PackageVar:
		return true
	case types.RecvVar, types.ParamVar:
		if s.g.obj == nil || !s.parameter(at.root) {
			return false
		}
		switch at.root.Type().Underlying().(type) {
		case *types.Pointer:
			return at.path != "" || s.pkg.Unsynchronised(at.root.Type())
		case *types.Interface:
			return at.path != ""
		case *types.Map:
			return at.path == ""
		}
	case types.LocalVar:
		return at.path != "" && s.returnedLocal(s.g, at.root)
	}
	return false
}

// parameter reports whether a variable is one of the function itself, not of a
// literal in it.
func (s *passageSearch) parameter(v *types.Var) bool {
	sig := s.g.obj.Signature()
	if sig.Recv() == v {
		return true
	}
	for p := range sig.Params().Variables() {
		if p == v {
			return true
		}
	}
	return false
}

// direct notes an access in the function or its literals.
func (s *passageSearch) direct(at place, a *Access) {
	if a.fn.once || a.Address && !a.Atomic || at.path == "" && at.root.Kind() != types.PackageVar && !a.Content || s.excused(a) {
		return
	}
	if w, ok := s.wayTo(s.g, a.fn, a.Expr); ok {
		s.add(passage{at: at, access: a, locks: s.borrowed(a, w.locks), sure: w.sure, by: w.by, waited: w.waited || s.farBefore(a)})
	}
}

// through notes what a call in the function does.
func (s *passageSearch) through(c outgoing) {
	way := sync.OnceValues(func() (way, bool) { return s.wayTo(s.g, c.site.in, c.site.stmt) })
	for _, p := range s.called(c.callee) {
		if p.deep >= passageDepth {
			continue
		}
		at, known := s.translate(p.at, c)
		if !known || !s.outlives(at) || s.replaced(s.accessesByPlace()[s.g], at) {
			continue
		}
		w, ok := way()
		if !ok {
			return
		}
		next := passage{at: at, access: p.access, locks: s.locksThrough(p.locks, c), sure: p.sure, by: p.by, deep: p.deep + 1, waited: p.waited || w.waited}
		switch {
		case p.by != nil:
		case c.site.runs == started:
			next.by = c.callee
		default:
			next.locks, next.sure, next.by = next.locks.with(w.locks), p.sure && w.sure, w.by
		}
		s.add(next)
	}
}

func (s *passageSearch) add(p passage) {
	k := passageKey{p.at, p.access, p.by, p.waited}
	if p.by != nil && s.mayWait(s.g) || p.by == nil && p.at.root.Kind() == types.LocalVar {
		return // for the goroutine, maybe; or before anybody has the object
	}
	if !s.seen[k] {
		s.seen[k] = true
		s.known.found = append(s.known.found, p)
	}
}

// An outgoing is a call of a declared function of the package.
type outgoing struct {
	callee *function
	site   site
}

// callsOf returns the calls by name that a declared function and its literals
// make, and the functions that they pass on to be run.
func (f *Facts) callsOf(top *function) []outgoing {
	if f.calls == nil {
		f.calls = map[*function][]outgoing{}
		for _, callee := range f.order {
			for _, s := range callee.sites {
				if callee.obj != nil && s.in != nil && f.names(s, callee) {
					f.calls[s.in.outermost()] = append(f.calls[s.in.outermost()], outgoing{callee, s})
				}
			}
		}
		for _, v := range f.visits {
			f.calls[v.in.outermost()] = append(f.calls[v.in.outermost()], outgoing{f.decls[v.method], site{in: v.in, call: v.call, runs: inPlace, stmt: v.call, recv: v.object}})
		}
	}
	return f.calls[top]
}

// names reports whether a site calls or passes a function by its name: through an
// interface only where that leads to no other, or to what the package puts there.
func (f *Facts) names(s site, callee *function) bool {
	return s.bound || originOf(f.pkg.Callee(s.call)) == callee.obj || f.passedAt(s, callee) != nil || f.serves(outgoing{callee, s}) || f.soleTarget(s, callee) || f.wiredTarget(s, callee)
}

// passedAt returns the argument of a site by which a function is passed.
func (f *Facts) passedAt(s site, callee *function) ast.Expr {
	w := &walker{Facts: f}
	for _, arg := range s.call.Args {
		if w.functionValue(arg) == callee {
			return ast.Unparen(arg)
		}
	}
	return nil
}

// translate names a place of a callee as the caller does.
func (f *Facts) translate(at place, c outgoing) (place, bool) {
	if at.root.Kind() == types.PackageVar {
		return at, true
	}
	if f.serves(c) && c.callee.obj.Signature().Recv() == at.root {
		return place{f.handler(c.site.call), at.path}, true
	}
	arg := f.givenAs(at.root, c)
	if arg == nil {
		return place{}, false
	}
	if address, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok && address.Op == token.AND {
		arg = address.X
	}
	named, ok := f.placeOf(arg)
	named.path += at.path
	return f.followed(named), ok
}

// givenAs returns what a call gives a function as its receiver or a parameter.
func (f *Facts) givenAs(v *types.Var, c outgoing) ast.Expr {
	if v.Kind() == types.LocalVar {
		return f.resultOf(c.site.call)
	}
	if c.site.recv != nil {
		if c.callee.obj.Signature().Recv() == v {
			return c.site.recv
		}
		return nil
	}
	if method := f.passedAt(c.site, c.callee); method != nil {
		if sel, ok := method.(*ast.SelectorExpr); ok && f.pkg.Info.Selections[sel] != nil && c.callee.obj.Signature().Recv() == v {
			return sel.X
		}
		return nil
	}
	return f.argument(c.callee, v, c.site)
}

// A way is how a function comes to a node in it or in its literals.
type way struct {
	locks lockset
	sure  bool
	by    *function // a literal in between that runs on a goroutine
	// waited says that it has waited for others before.
	waited bool
}

// wayTo returns how a declared function comes to a node; ok is false where it is
// not known when the node is evaluated.
func (f *Facts) wayTo(g, fn *function, at ast.Node) (w way, ok bool) {
	w = way{locks: lockset{}, sure: true}
	for steps := 0; fn != nil && steps < deepest; steps++ {
		inner := at
		if fn.once || f.gated(fn, at) {
			return w, false // a Once puts it in order, or what lets one through
		}
		w.waited = w.waited || !f.quiet(fn, at)
		if w.by == nil {
			state := f.pkg.LocksAt(fn.node, at)
			maps.Copy(w.locks, f.lockset(state.Held))
			w.sure = w.sure && !state.Doubt
		}
		if fn == g {
			return w, true
		}
		around, runs, site := fn.out()
		if fn.handed && w.by == nil {
			maps.Copy(w.locks, f.entryOf(fn).locks)
		}
		at = site
		switch runs {
		case started:
			w.by = fn
		case deferred:
			if w.by != nil {
				return w, false // it starts when the function is over
			}
			w.sure = w.sure && len(f.pkg.Acquisitions(around.node)) == 0
			w.waited = w.waited || f.onSuccess(fn, around, inner) && f.mayWait(around)
		case later:
			return w, false
		}
		fn = around
	}
	return w, false
}
