package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// WrittenUnderRead returns the guard of a variable that an expression writes
// while it holds that lock to read only: other readers are at work meanwhile. by is the
// call of its function that holds it so, where others hold it to write, or nil.
func (f *Facts) WrittenUnderRead(e ast.Expr) (guard types.Object, by *ast.CallExpr, ok bool) {
	a := f.at[e]
	if a == nil || !a.Write || a.Element && !f.writesWhole(a) {
		return nil, nil, false // writers can share a slice out among them
	}
	if class := f.entryUnderRead(a); class != nil {
		return class, nil, true
	}
	if class, call := f.methodUnderRead(a); class != nil {
		return class, call, true
	}
	state, counts := f.counts(a)
	if !counts || f.excused(a) {
		return nil, nil, false
	}
	early := f.early(a)
	for class, write := range state.locks {
		if write {
			return nil, nil, false // whoever else writes may be kept out by that one
		}
		here := f.readHere(a, class) // then the author thinks of others that are at work
		if early && !here || !f.guardsAt(class, a) || f.ofLender(a.Var, class) || f.cursorStep(a) {
			continue
		}
		if here && (a.Object && f.readElsewhere(class, a.fn) || f.usedUnder(a, class) && f.heldByOthers(a.Var, class, a.fn) || f.onlyRead(class) || f.countsUnderRead(a)) || f.readByCaller(a, class) {
			guard = class
		}
	}
	if guard == nil && !early {
		guard, by = f.readByOne(a)
	}
	if guard == nil && !early {
		guard, by = f.readByOwner(a)
	}
	if guard == nil && !early {
		guard, by = f.readAgainstWord(a)
	}
	return guard, by, guard != nil
}

// WritesWhileRead reports whether an expression writes memory of which others may know while no lock
// is held but to read: whoever else uses it, two calls of its function may do so at once.
func (f *Facts) WritesWhileRead(e ast.Expr) bool {
	a := f.at[e]
	if a == nil || !a.Write {
		return false
	}
	state, counts := f.counts(a)
	if !counts || f.early(a) || len(state.locks) == 0 {
		return false
	}
	for _, write := range state.locks {
		if write {
			return false
		}
	}
	return true
}

// countsUnderRead reports whether a method that anybody may call, with the lock of its object held
// to read, puts into a field what rests on what is there, or an entry into a map: two of its own
// calls may do so at once, whoever else uses the field.
//
//	c.mu.RLock()
//	c.hits++
func (f *Facts) countsUnderRead(a *Access) bool {
	if !a.Read && !a.Content || a.Object || f.confined(a.Var) || f.commentExcuses(a.Var) || !f.anybodyCalls(a.fn) {
		return false
	}
	root := f.firstName(a.Expr)
	return root != nil && root == a.fn.obj.Signature().Recv()
}

// anybodyCalls reports whether a function is a method that anybody may call, on any goroutine.
func (f *Facts) anybodyCalls(fn *function) bool {
	if !fn.public || fn.valued || fn.obj == nil || fn.obj.Signature().Recv() == nil || fn.confinedBy() {
		return false
	}
	return !slices.ContainsFunc(f.realSites(fn), func(s site) bool { return s.runs == started })
}

// entryUnderRead returns the lock that a function has taken to read, and under which it
// looks an entry up and writes a field of it that others use under the same lock; or that rests on
// what was there, so that two of its own calls meet.
//
//	t.mu.RLock()
//	if e := t.byID[id]; e != nil {
//		e.seen = now
//	}
func (f *Facts) entryUnderRead(a *Access) types.Object {
	v := f.rootPointer(a)
	if v == nil || v.Kind() != types.LocalVar || a.Address || a.fn.test && !f.ofTest(a.Var) || a.fn.once || !f.varies(a.Var) || f.early(a) || f.excused(a) {
		return nil
	}
	from := f.entrySource(a.fn, v)
	state := f.stateAt(a.fn, a.Expr)
	if from == nil || from.fn != a.fn || from.Write || !state.known || len(state.locks) != 1 || f.local(from) {
		return nil
	}
	for class, write := range state.locks {
		if write || !f.readHere(a, class) || !f.readHere(from, class) || !f.siblings(from.Var, class) {
			return nil
		}
		if f.restsOnItself(a) && f.anybodyCalls(a.fn) && !f.confined(a.Var) && !f.commentExcuses(a.Var) {
			return class
		}
		for _, b := range f.accesses[a.Var] {
			if b.fn.outermost() != a.fn.outermost() && f.heldHere(b, b.Expr, class) && f.ofSameEntries(b, from.Var) && !f.oneGoroutine(a.fn, b.fn) {
				return class
			}
		}
	}
	return nil
}

// methodUnderRead is entryUnderRead of a method of the entry, which takes no lock itself: some caller
// holds to read the lock under which it has looked the entry up.
//
//	h.mu.RLock()
//	l := h.lots[id]
//	l.seen() // l.views++
func (f *Facts) methodUnderRead(a *Access) (types.Object, *ast.CallExpr) {
	fn := a.fn
	if fn.obj == nil || fn.public || fn.valued || fn.says() || fn.obj.Signature().Recv() == nil || f.firstName(a.Expr) != fn.obj.Signature().Recv() {
		return nil, nil
	}
	if len(f.pkg.Acquisitions(fn.node)) > 0 || !f.restsOnItself(a) || a.Address || f.confined(a.Var) || f.commentExcuses(a.Var) || f.obeys(fn) || f.excused(a) {
		return nil, nil
	}
	for _, s := range f.realSites(fn) {
		if class := f.entryReadLocked(s); class != nil {
			return class, s.call
		}
	}
	return nil, nil
}

// entryReadLocked returns the lock that a function, which several goroutines can run at a time, has taken
// to read, and under which it has looked up the entry whose method it calls.
func (f *Facts) entryReadLocked(s site) types.Object {
	if s.in == nil || s.runs != inPlace || s.in.test || !f.anybodyCalls(s.in) && !(s.in.obj != nil && handlesRequests(s.in.obj.Type())) {
		return nil
	}
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return nil
	}
	from, state := f.entrySource(s.in, v), f.stateAt(s.in, s.call)
	if from == nil || from.fn != s.in || from.Write || !state.known || len(state.locks) != 1 || f.local(from) {
		return nil
	}
	for class, write := range state.locks {
		held := slices.ContainsFunc(f.pkg.LocksAt(s.in.node, s.call).Held, func(h facts.Holding) bool { return h.Read && classOf(h.Lock) == class })
		if !write && held && f.readHere(from, class) && f.siblings(from.Var, class) {
			return class
		}
	}
	return nil
}

// readHere reports whether the function of an access itself holds a lock to read.
func (f *Facts) readHere(a *Access, class types.Object) bool {
	for _, h := range f.pkg.LocksAt(a.Func, a.Expr).Held {
		if h.Read && classOf(h.Lock) == class && !f.ofAnother(h.Lock.Root, a) {
			return true
		}
	}
	return false
}

// ofAnother reports whether what a lock belongs to is given to a function beside the object of
// an access, of the same type.
func (f *Facts) ofAnother(owner types.Object, a *Access) bool {
	root := f.firstName(a.Expr)
	if root == nil || owner == types.Object(root) || root.Kind() != types.RecvVar && root.Kind() != types.ParamVar {
		return false
	}
	v, ok := owner.(*types.Var)
	return ok && (v.Kind() == types.RecvVar || v.Kind() == types.ParamVar) && types.Identical(v.Type(), root.Type())
}
