package sharing

import (
	"cmp"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A distant access is one that another declared function makes, seen from a
// function that calls it, or starts it on a goroutine. It has the expression of
// the access itself, and the call as its node.
type distant struct {
	real *Access
	site ast.Node // the call, or go statement, of the function that sees it
	held context
	sure bool // these are all the locks that the functions on the way take
	// waited says that somebody has been waited for on the way, to whom the
	// goroutine gives nothing back.
	waited bool
	deep   int // through how many calls behind the one at the site
}

// node returns where the function of an access, as it is seen, comes to it.
func (a *Access) node() ast.Node {
	if a.far != nil {
		return a.far.site
	}
	return a.Expr
}

// itself returns the access as the function around its expression makes it.
func (a *Access) itself() *Access {
	if a.far != nil {
		return a.far.real
	}
	return a
}

// heldAt returns the locks that are held at an access as it is seen.
func (f *Facts) heldAt(a *Access) context {
	if a.far != nil {
		return a.far.held
	}
	state := f.stateAt(a.fn, a.Expr)
	if next := f.behindCall(a); next != nil {
		state.locks = state.locks.with(f.stateAt(a.fn, next).locks)
	}
	state.locks = f.borrowed(a, state.locks)
	return state
}

// behindCall returns what comes behind a statement that sets a variable to what a call
// returns: it is set when the call is over, under the locks that this has taken. It is
// nil of other accesses.
//
//	n = s.lockAndCount()
//	s.mu.Unlock()
func (f *Facts) behindCall(a *Access) ast.Node {
	set, ok := a.Use.(*ast.AssignStmt)
	if !ok || !a.Write || a.Content || len(set.Rhs) != 1 {
		return nil
	}
	if _, calls := ast.Unparen(set.Rhs[0]).(*ast.CallExpr); !calls {
		return nil
	}
	at, ok := f.pkg.Flow(a.fn.node).At(a.Expr)
	if !ok || at.Index+1 >= len(at.Block.Nodes) {
		return nil
	}
	return at.Block.Nodes[at.Index+1]
}

// withDistant returns the accesses of a function by place, those of the
// functions that it calls and starts among them, if some of it goes on in a
// goroutine that stands elsewhere.
func (f *Facts) withDistant(top *function) map[place][]*Access {
	own := f.accessesByPlace()[top]
	elsewhere := f.startsElsewhere(top)
	if !elsewhere && !f.startsLiteral(top) {
		return own
	}
	all := map[place][]*Access{}
	for at, accesses := range own {
		all[at] = slices.Clone(accesses)
	}
	for _, c := range f.callsOf(top) {
		if !elsewhere {
			break
		}
		for _, p := range f.passagesOf(c.callee) {
			if a, at := f.distantAccess(top, c, p); a != nil && (!p.waited || a.fn.elsewhere && f.endsOnly(a.fn) || f.keepsWriting(a.fn, p.access)) {
				all[at] = append(all[at], a)
			}
		}
	}
	f.addOptions(top, all)
	for at := range all {
		if f.replaced(own, at) {
			all[at] = own[at]
		}
	}
	return all
}

// startsElsewhere reports whether a function starts a declared function on a
// goroutine, calls one that does so, or starts a literal that calls one.
func (f *Facts) startsElsewhere(top *function) bool {
	calls := f.callsOf(top)
	if len(calls) > 0 && f.startsLiteral(top) {
		return true
	}
	return slices.ContainsFunc(calls, func(c outgoing) bool {
		return c.site.runs == started || slices.ContainsFunc(f.passagesOf(c.callee), func(p passage) bool { return p.by != nil && !p.waited })
	})
}

// replaced reports whether a function puts another object where a place leads
// through: after that the same name means another memory. A struct that is a part
// of its object stays where it is, whoever has its address, as a method has.
func (f *Facts) replaced(own map[place][]*Access, at place) bool {
	for path := at.path; path != ""; {
		path = path[:strings.LastIndexByte(path, '.')]
		prefix := place{at.root, path}
		if slices.ContainsFunc(own[prefix], func(a *Access) bool {
			return a.Write && !a.Content && !a.Element || a.Address && !isStruct(a.Var.Type())
		}) {
			return true
		}
	}
	return false
}

// distantAccess returns the access that a call makes by a passage, nil where it
// cannot be named.
func (f *Facts) distantAccess(top *function, c outgoing, p passage) (*Access, place) {
	at, ok := f.translate(p.at, c)
	if !ok {
		return nil, at
	}
	for fn := c.site.in; fn != nil; fn = fn.around {
		if fn.once {
			return nil, at // a Once puts it in order
		}
	}
	real := p.access
	entry := f.stateAt(real.fn, real.Expr)
	far := &distant{real: real, site: c.site.stmt, held: context{locks: f.locksThrough(p.locks, c).with(entry.locks), known: p.sure}, sure: p.sure, waited: p.waited && !f.keepsWriting(c.callee, real), deep: p.deep}
	fn := c.site.in
	switch {
	case p.by != nil:
		fn = f.goroutineOf(c, p.by)
	case c.site.runs == started:
		fn = f.goroutineOf(c, c.callee)
	default:
		state := f.stateAt(fn, c.site.call)
		far.held.locks = far.held.locks.with(state.locks)
		far.held.known = far.held.known && state.known
		far.sure = far.sure && !f.pkg.LocksAt(fn.node, c.site.call).Doubt
	}
	if fn == nil || c.site.runs == deferred && p.by == nil {
		return nil, at
	}
	a := *real
	a.fn, a.far, a.said = fn, far, nil
	return &a, at
}

// A launch is a goroutine that begins at a call and runs a function.
type launch struct {
	site ast.Node
	runs *function
}

// goroutineOf returns the function of a goroutine that a call starts, itself or
// in what it calls, as if it were a literal there; nil where it gives or awaits
// signals that cannot be named there.
func (f *Facts) goroutineOf(c outgoing, runs *function) *function {
	key := launch{c.site.stmt, runs}
	if fn, ok := f.launches[key]; ok {
		return fn
	}
	if f.launches == nil {
		f.launches = map[launch]*function{}
	}
	fn := &function{node: runs.node, around: c.site.in, runs: started, at: c.site.stmt, test: runs.test, elsewhere: true, above: c.site.runs != started && f.mayWait(c.callee), many: c.site.use.many, joined: c.site.use.joined, abroad: c.site.use.abroad}
	fn.signals = f.signalsThrough(c, runs)
	if fn.signals == nil {
		fn = nil
	}
	f.launches[key] = fn
	return fn
}

// signalsThrough returns the signals of a goroutine as the function that starts
// it names them, those of what it calls included.
func (f *Facts) signalsThrough(c outgoing, runs *function) *signals {
	found := f.allSignals(runs)
	all := &signals{maps.Clone(found.gives), maps.Clone(found.waits)}
	for _, of := range []map[types.Object][]ast.Node{all.gives, all.waits} {
		for key, nodes := range maps.Clone(of) {
			v, ok := key.(*types.Var)
			if !ok || v.Kind() != types.ParamVar || !f.isParameter(v) {
				continue
			}
			arg := f.givenAs(v, c)
			if arg == nil || c.callee != runs || f.holder(arg) == nil {
				return nil
			}
			of[f.holder(arg)] = append(of[f.holder(arg)], nodes...)
		}
	}
	return all
}

// isParameter reports whether a variable is a parameter of a declared function.
func (f *Facts) isParameter(v *types.Var) bool {
	if f.params == nil {
		f.params = map[*types.Var]bool{}
		for _, fn := range f.order {
			if fn.obj == nil {
				continue
			}
			for p := range fn.obj.Signature().Params().Variables() {
				f.params[p] = true
			}
		}
	}
	return f.params[v]
}

// allSignals returns the signals of a function and of what it calls.
func (f *Facts) allSignals(fn *function) *signals {
	if fn.deepSignals == nil {
		fn.deepSignals = &signals{map[types.Object][]ast.Node{}, map[types.Object][]ast.Node{}}
		f.gather(fn, fn.deepSignals, map[*function]bool{})
	}
	return fn.deepSignals
}

// gather adds the signals of a function and of what it calls.
func (f *Facts) gather(fn *function, all *signals, seen map[*function]bool) {
	if seen[fn] {
		return
	}
	seen[fn] = true
	own := f.signalsOf(fn)
	for key, nodes := range own.gives {
		all.gives[key] = append(all.gives[key], nodes...)
	}
	for key, nodes := range own.waits {
		all.waits[key] = append(all.waits[key], nodes...)
	}
	for _, c := range f.callsOf(fn.outermost()) {
		if within(fn.node, c.site.stmt) && c.site.runs != started {
			f.gather(c.callee, all, seen)
		}
	}
}

func within(n, part ast.Node) bool { return n.Pos() <= part.Pos() && part.End() <= n.End() }

// placesOf returns the places of a function in the order of the source.
func placesOf(accesses map[place][]*Access) []place {
	var all []place
	for at := range accesses {
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.root.Pos(), b.root.Pos()), cmp.Compare(a.path, b.path))
	})
	return all
}
