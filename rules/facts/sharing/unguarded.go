package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// An Unguarded is an access that holds no lock, of a variable whose other
// accesses agree on one, while another goroutine can access it in conflict.
type Unguarded struct {
	*Access
	Guard *Guard
	With  *Access // one that it conflicts with: of the two at least one writes
	// Under says that it holds another lock, which the conflicting access does
	// not hold.
	Under bool
	// Call is of the function of the access by a caller that holds no lock, where
	// others hold the guard.
	Call *ast.CallExpr
	// Gone says that With sets the variable to nil when the object ends, and that the
	// access reaches through it.
	Gone bool
	// From is where the function has looked up the entry that the access is of, under
	// the guard, in a map or slice that this guards.
	From *Access
}

// Certain reports whether nothing is known that may excuse the access.
func (f *Facts) Certain(u Unguarded) bool { return f.certain(u) }

// UnguardedAt returns what is wrong with the access that an expression makes, if
// it is the first of its variable in its function: the others go with it. A write of
// which that is certain counts where the first is a read that something may excuse.
func (f *Facts) UnguardedAt(e ast.Expr) (Unguarded, bool) {
	a := f.at[e]
	if a == nil || f.generated(e) {
		return Unguarded{}, false
	}
	u, ok := f.unguarded(a)
	if !ok || f.lockItself(u.Guard.Lock) || f.keptApart(a, u.With) {
		return u, false
	}
	for _, b := range f.accesses[a.Var] {
		if b == a {
			break
		}
		if b.Func == a.Func && b.Content == a.Content {
			if first, before := f.unguarded(b); before && (first.Write || !a.Write || f.certain(first) || !f.certain(u)) {
				return Unguarded{}, false
			}
		}
	}
	return u, true
}

// generated reports whether a program has written a piece of code: what encodes a struct
// knows nothing of its lock, which is for the caller to hold.
func (f *Facts) generated(n ast.Node) bool {
	type key struct{}
	files := f.pkg.Keep(key{}, func() any {
		return slices.DeleteFunc(slices.Clone(f.pkg.Files), func(file *ast.File) bool { return !ast.IsGenerated(file) })
	}).([]*ast.File)
	return slices.ContainsFunc(files, func(file *ast.File) bool { return file.FileStart <= n.Pos() && n.Pos() < file.FileEnd })
}

// UnguardedWith returns all accesses without a lock, in the function of one, of
// variables that the same lock guards, in source order.
func (f *Facts) UnguardedWith(u Unguarded) (all []Unguarded) {
	for _, v := range f.vars {
		for _, a := range f.accesses[v] {
			if a.Func != u.Func {
				continue
			}
			if other, ok := f.unguarded(a); ok && other.Guard.Lock == u.Guard.Lock {
				all = append(all, other)
			}
		}
	}
	all = append(all, f.readsOfWritten(all)...)
	slices.SortFunc(all, func(a, b Unguarded) int { return int(a.Expr.Pos() - b.Expr.Pos()) })
	return all
}

// readsOfWritten returns the reads without a lock, in the function of some accesses, of what
// these write: none is in conflict with a write that holds the guard as yet, and each will be
// once they hold it.
//
//	if s.items == nil { s.items = map[string]int{} } // the first write of all
func (f *Facts) readsOfWritten(all []Unguarded) (reads []Unguarded) {
	for _, u := range all {
		if !u.Write || u.Content || slices.ContainsFunc(reads, func(r Unguarded) bool { return r.Var == u.Var }) {
			continue
		}
		for _, a := range f.accesses[u.Var] {
			known := slices.ContainsFunc(all, func(other Unguarded) bool { return other.Access == a })
			if a.Func == u.Func && !a.Write && !known && slices.Contains(u.Guard.Without, a) && !f.early(a) && !f.excused(a) {
				reads = append(reads, Unguarded{Access: a, Guard: u.Guard, With: u.Access})
			}
		}
	}
	return reads
}

func (f *Facts) unguarded(a *Access) (Unguarded, bool) {
	if u, ok := f.polledRead(a); ok {
		return u, true
	}
	if u, ok := f.entryRace(a); ok {
		return u, true
	}
	if u, ok := f.pointeeRace(a); ok {
		return u, true
	}
	if u, ok := f.entryRead(a); ok {
		return u, true
	}
	if u, ok := f.goneRead(a); ok {
		return u, true
	}
	g := f.GuardOf(a.Var)
	if g == nil || f.early(a) || g.Thin && !f.thinly(a, g) {
		return Unguarded{}, false
	}
	if from := f.keptEntry(a, g); from != nil && !f.excused(a) {
		return f.unguardedEntry(a, g, from)
	}
	under := slices.Contains(g.Else, a) && f.siblings(a.Var, g.Lock) && (g.exact() || f.takenBehind(a, g))
	if !under && !slices.Contains(g.Without, a) {
		return Unguarded{}, false
	}
	state := f.stateAt(a.fn, a.Expr)
	if f.excused(a) || f.runUnder(a, g) || f.justMade(a, g.Lock) || f.looksAfterwards(a) || f.toldBy(a) || f.saidToFollow(a) || f.mainAlone(a) || f.afterWorkers(a) || f.onlyPooled(a.fn.outermost()) || f.ownWriter(a) && !(g.Thin && f.againstItself(a, g)) || !f.entrusted(a) {
		return Unguarded{}, false
	}
	var bare *ast.CallExpr
	if state.mixed {
		if bare = f.bareCall(a, g); bare == nil {
			return Unguarded{}, false
		}
	}
	var found Unguarded
	for _, b := range g.Holding {
		u := Unguarded{Access: a, Guard: g, With: b, Under: under, Call: bare}
		if !conflicts(a, b) || !a.Write && (f.early(b) || decodes(b) || f.lastReleases(b) && !f.asksPresence(a)) || f.oneGoroutine(a.fn, b.fn) || f.endedBefore(a, b) || f.inShifts(a, b) || !f.nameable(u) {
			continue
		}
		if len(state.locks.both(f.stateAt(b.fn, b.Expr).locks)) > 0 {
			continue
		}
		if !f.beforeStart(b) {
			return u, true
		}
		if found.Access == nil {
			found = u
		}
	}
	return found, found.Access != nil
}

// looksAfterwards reports whether a test reads something when it has waited for others,
// as most do to look at what they have left.
func (f *Facts) looksAfterwards(a *Access) bool {
	return a.fn.test && a.fn.around == nil && !a.Write && !f.quiet(a.fn, a.Expr)
}

// unguardedEntry says what is wrong with the use of an entry behind the unlock.
func (f *Facts) unguardedEntry(a *Access, g *Guard, from *Access) (Unguarded, bool) {
	for _, b := range g.Holding {
		if conflicts(a, b) && b.fn.outermost() != a.fn.outermost() && !f.oneGoroutine(a.fn, b.fn) && !f.early(b) {
			return Unguarded{Access: a, Guard: g, With: b, From: from}, true
		}
	}
	return Unguarded{}, false
}

// entrusted reports whether the function of an access is given the object by
// name, as its receiver or a parameter, or the variable is one of the package.
// What a function has looked up first may be an object that is no longer, or
// not yet, in anybody's hands.
func (f *Facts) entrusted(a *Access) bool {
	var root ast.Expr = a.Expr
	for {
		switch x := ast.Unparen(root).(type) {
		case *ast.SelectorExpr:
			if f.pkg.Info.Selections[x] == nil {
				return true // of another package
			}
			root = x.X
			continue
		case *ast.StarExpr:
			root = x.X
			continue
		case *ast.Ident:
			v, ok := f.pkg.ObjectOf(x).(*types.Var)
			return ok && (v.Kind() == types.RecvVar || v.Kind() == types.ParamVar || v.Kind() == types.PackageVar || a.fn.sampled || f.leftRunning(a.fn, v) || f.liveEntry(a, v))
		}
		return false
	}
}

// exact reports whether whoever writes holds the lock, without exception. Of a slice it is
// enough that whoever puts another one in its place does: its elements are another matter.
func (g *Guard) exact() bool {
	written, replaced := 0, 0
	for _, a := range g.Holding {
		if a.Write {
			written++
		}
		if a.replaces() {
			replaced++
		}
	}
	return written > 0 && written == g.writes || replaced > 0 && replaced == g.replaces
}

// replaces reports whether an access puts another slice into its variable.
func (a *Access) replaces() bool {
	_, slice := a.Var.Type().Underlying().(*types.Slice)
	return slice && a.Write && !a.Element
}

// nameable reports whether the guard belongs to the object of the access, or to
// one that it is a part of: else it may be a lock of another one.
func (f *Facts) nameable(u Unguarded) bool {
	lock, ok := u.Guard.Lock.(*types.Var)
	if !ok || !lock.IsField() {
		return ok && !u.Var.IsField() && u.Var.Pkg() == lock.Pkg()
	}
	owner, _ := f.GuardOwner(u)
	return owner != nil
}

// ownWriter reports whether an access reads what only its own function writes,
// or functions that it alone calls: what it has written itself it may read.
func (f *Facts) ownWriter(a *Access) bool {
	if a.Write {
		return false
	}
	reader := a.fn.outermost()
	for _, b := range slices.Concat(f.accesses[a.Var], f.partsOf(a.Var)) {
		if _, counts := f.counts(b); counts && b.Write && !f.calledOnlyBy(b.fn.outermost(), reader) {
			return false
		}
	}
	return true
}

// calledOnlyBy reports whether a function is another, or is only called by it.
func (f *Facts) calledOnlyBy(fn, by *function) bool {
	if fn == by {
		return true
	}
	sites := f.realSites(fn)
	for _, s := range sites {
		if s.in == nil || s.in.outermost() != by || s.runs == started {
			return false
		}
	}
	return len(sites) > 0 && !fn.public && !fn.valued
}

// conflicts reports whether two accesses touch the same memory and one writes.
func conflicts(a, b *Access) bool {
	if !a.Write && !b.Write {
		return false
	}
	if a.Element != b.Element {
		// The elements of a slice are not the slice; whoever replaces it
		// conflicts with whoever reads it on the way to an element.
		return a.Write && !a.Element || b.Write && !b.Element
	}
	if a.Element {
		return false // which elements, nobody knows
	}
	if a.Content == b.Content {
		return true
	}
	// One is about the map, the other about what is in it: reading the map
	// variable is not in the way of writing an entry.
	whole, entries := a, b
	if a.Content {
		whole, entries = b, a
	}
	return whole.Write && !entries.ofCopy(whole)
}

// ofCopy reports whether what is in a map is reached by a local variable that got the map
// once: who replaces the map where it came from leaves that alone.
//
//	s.mu.RLock()
//	routes := s.routes
//	s.mu.RUnlock()
//	return routes[name]
func (a *Access) ofCopy(whole *Access) bool {
	return a.Var != whole.Var && a.Var.Kind() == types.LocalVar
}

// early reports whether an access is made when the object that it belongs to
// is about to be used: by a function that makes or starts it.
func (f *Facts) early(a *Access) bool {
	return !a.fn.sampled && !f.goesOn(a.fn) && f.prepares(a.fn.outermost()) && !f.ofLive(a) || f.beforeStart(a) && !f.atWork(a)
}

// goesOn reports whether a function is part of a goroutine that may go on when the function
// that starts it has returned: what Start leaves behind prepares nothing.
func (f *Facts) goesOn(fn *function) bool {
	for ; fn != nil && fn.around != nil; fn = fn.around {
		if fn.runs != started || fn.joined {
			continue
		}
		flow, joins := f.pkg.Flow(fn.around.node), f.joins(fn.around, fn)
		start, ok := flow.At(fn.at)
		if !ok || !f.deferredJoin(fn.around, joins) && f.leads(flow, start, nil, joins) {
			return true
		}
	}
	return false
}

// beforeStart reports whether an access stands before a start in its function.
func (f *Facts) beforeStart(a *Access) bool {
	return slices.ContainsFunc(f.startsIn(a.fn), func(start ast.Node) bool {
		return f.before(a.fn, a.Expr, start) && !f.before(a.fn, start, a.Expr)
	})
}

// prepares reports whether a function makes an object ready for use: it is named
// so, or only such functions call it.
func (f *Facts) prepares(fn *function) bool {
	if f.namedEarly(fn) {
		return true
	}
	if fn.public || fn.valued || fn.preparing {
		return false
	}
	sites := f.realSites(fn)
	fn.preparing = true
	defer func() { fn.preparing = false }()
	for _, s := range sites {
		if s.in == nil || s.runs == started || f.goesOn(s.in) || !f.prepares(s.in.outermost()) {
			return false
		}
	}
	return len(sites) > 0
}

// namedEarly reports whether its name, its documentation, or its refusal says that a function
// prepares.
func (f *Facts) namedEarly(fn *function) bool {
	if fn.namedAs == unasked {
		method := fn.obj != nil && fn.obj.Signature().Recv() != nil
		fn.namedAs = no
		if earlyName.MatchString(fn.name()) || fn.saysEarly() || f.refusesLate(fn) || method && fn.configures() || !method && makerName.MatchString(fn.name()) {
			fn.namedAs = yes
		}
	}
	return fn.namedAs == yes
}

// configures reports whether a method is one that sets an object up: Config(values), and not
// the getter of that name.
func (fn *function) configures() bool {
	sig := fn.obj.Signature()
	return fn.name() == "Config" && sig.Params().Len() > 0 && sig.Results().Len() == 0
}

// A kept is the answer to a question that is asked often.
type kept int

const (
	unasked kept = iota
	no
	yes
)

var (
	earlyName = lazyregexp.New(`(?i)^(init|setup|start|open|configure|prepare|provision|bootstrap|register)|(init|setup|^on(start|boot))$`)
	makerName = lazyregexp.New(`(?i)^(new|make|create|build|must|with)`)
)

// startsIn returns where a function itself starts goroutines.
func (f *Facts) startsIn(fn *function) []ast.Node {
	if !fn.searched {
		fn.starts, fn.searched = f.findStarts(fn), true
	}
	return fn.starts
}

func (f *Facts) findStarts(fn *function) (starts []ast.Node) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if lit := f.funcs[n]; lit.runs == started {
				starts = append(starts, n)
			}
			return false
		case *ast.GoStmt:
			starts = append(starts, n)
		}
		return true
	})
	return starts
}
