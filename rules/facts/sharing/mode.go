package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

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

// readByCaller reports whether a method of the same object calls the function of
// an access while it holds a lock to read, that its own code has taken, and
// nobody calls that without it.
func (f *Facts) readByCaller(a *Access, class types.Object) bool {
	if a.fn.obj == nil || a.fn.public || a.fn.valued || a.fn.says() || a.fn.obj.Signature().Recv() == nil || len(f.pkg.Acquisitions(a.fn.node)) > 0 || f.obeys(a.fn) {
		return false
	}
	return slices.ContainsFunc(f.realSites(a.fn), func(s site) bool {
		if s.runs != inPlace || s.in == nil || s.in.obj == nil || !s.in.public && f.pkg.Types.Name() != "main" {
			return false // of a command no name says who calls it
		}
		return f.holdsOwn(s, class) && f.heldByOthers(a.Var, class, s.in)
	})
}

// heldByOthers reports whether a variable is accessed under a lock that another function has
// taken: else the lock is for something else, which the one function does meanwhile.
func (f *Facts) heldByOthers(v *types.Var, lock types.Object, taker *function) bool {
	return slices.ContainsFunc(f.accesses[v], func(b *Access) bool {
		state, counts := f.counts(b)
		if _, held := state.locks[lock]; !counts || !held {
			return false
		}
		return f.takenIn(b.fn, b.Expr, lock, taker, deepest)
	})
}

// readElsewhere reports whether another function takes a lock to read as well: who has it so is not
// alone.
func (f *Facts) readElsewhere(lock types.Object, but *function) bool {
	return slices.ContainsFunc(f.order, func(fn *function) bool {
		return fn.outermost() != but.outermost() && slices.ContainsFunc(f.pkg.Acquisitions(fn.node), func(taken facts.Acquisition) bool {
			return taken.Read && classOf(taken.Lock) == lock
		})
	})
}

// takenIn reports whether a function other than the one named has taken the lock that is held at
// a node: its own, or one that calls it, through so many calls.
func (f *Facts) takenIn(fn *function, at ast.Node, lock types.Object, but *function, depth int) bool {
	if _, own := f.lockset(f.pkg.LocksAt(fn.node, at).Held)[lock]; own {
		return fn.outermost() != but.outermost()
	}
	return depth > 0 && slices.ContainsFunc(f.realSites(fn), func(s site) bool {
		return s.in != nil && s.in != fn && f.takenIn(s.in, s.call, lock, but, depth-1)
	})
}

// readByOne returns the guard of an access that some callers of its function hold to
// read only, while all others hold it to write, as the function needs it. What an
// argument decides may be left to those.
func (f *Facts) readByOne(a *Access) (guard types.Object, by *ast.CallExpr) {
	fn := a.fn
	if fn.obj == nil || fn.public || fn.valued || len(f.pkg.Acquisitions(fn.node)) > 0 || f.asksParameter(fn) {
		return nil, nil
	}
	sites := f.realSites(fn)
	for _, s := range sites {
		class := f.readsOwn(s)
		if class != nil && f.guardsAt(class, a) && f.elseWritten(sites, class) {
			return class, s.call
		}
	}
	return nil, nil
}

// readAgainstWord returns the guard of an access whose function says that its caller holds a lock, and
// that a caller holds to read only: that is too little for who writes.
//
//	// drop wants s.mu held.
//	func (s *store) drop(k string) { delete(s.m, k) }
//	func (s *store) Get(k string)  { s.mu.RLock(); defer s.mu.RUnlock(); …; s.drop(k) }
func (f *Facts) readAgainstWord(a *Access) (guard types.Object, by *ast.CallExpr) {
	fn := a.fn
	if fn.obj == nil || fn.public || fn.valued || !fn.says() || len(f.pkg.Acquisitions(fn.node)) > 0 || f.asksParameter(fn) {
		return nil, nil
	}
	for _, s := range f.realSites(fn) {
		class := f.readsOwn(s)
		if class != nil && f.siblings(a.Var, class) && f.heldByOthers(a.Var, class, s.in) {
			return class, s.call
		}
	}
	return nil, nil
}

// elseWritten reports whether all calls are made with a lock held, and one with it held to write.
func (f *Facts) elseWritten(sites []site, class types.Object) bool {
	written := false
	for _, s := range sites {
		if s.runs != inPlace || s.in == nil {
			return false
		}
		state := f.stateAt(s.in, s.call)
		write, held := state.locks[class]
		if !held || state.mixed {
			return false
		}
		written = written || write
	}
	return written
}

// readsOwn returns the one lock, of its receiver, that a method has taken itself to read
// where it calls another method of the receiver.
func (f *Facts) readsOwn(s site) types.Object {
	if s.in == nil || s.runs != inPlace {
		return nil
	}
	for class := range f.stateAt(s.in, s.call).locks {
		if len(f.stateAt(s.in, s.call).locks) == 1 && f.holdsOwn(s, class) {
			return class
		}
	}
	return nil
}

// holdsOwn reports whether a method holds a lock of its receiver to read, that it has taken
// itself, where it calls another method of the receiver.
func (f *Facts) holdsOwn(s site, class types.Object) bool {
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok || s.in.obj == nil || s.in.obj.Signature().Recv() == nil || !f.isVariable(sel.X, s.in.obj.Signature().Recv()) {
		return false
	}
	return slices.ContainsFunc(f.pkg.LocksAt(s.in.node, s.call).Held, func(h facts.Holding) bool { return h.Read && classOf(h.Lock) == class })
}

// asksParameter reports whether a test in a function depends on one of its parameters.
func (f *Facts) asksParameter(fn *function) (asks bool) {
	isParameter := func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := f.pkg.Use(id).(*types.Var)
		asks = asks || ok && v.Kind() == types.ParamVar
		return true
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			ast.Inspect(n.Cond, isParameter)
		case *ast.SwitchStmt:
			if n.Tag != nil {
				ast.Inspect(n.Tag, isParameter)
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				ast.Inspect(e, isParameter)
			}
		}
		return !asks
	})
	return asks
}

// guardsAt reports whether a lock is the one for an access: most uses of the
// variable say so, or it lies in a struct on the way to the variable, or both
// are the package's. Another object's lock may be held for something else.
func (f *Facts) guardsAt(lock types.Object, a *Access) bool {
	if g := f.GuardOf(a.Var); g != nil {
		return g.Lock == lock
	}
	field, ok := lock.(*types.Var)
	if !ok || field.IsField() != a.Var.IsField() {
		return false
	}
	if !field.IsField() {
		return true
	}
	around := f.structOfField(field)
	for e := a.Expr; around != nil; {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			break
		}
		if v, ok := f.pkg.Use(sel.Sel).(*types.Var); ok && f.structOfField(v.Origin()) == around {
			return true
		}
		e = sel.X
	}
	return false
}

// usedUnder reports whether others read or write the variable under the lock, in
// another function, and on another goroutine than the one that makes the access.
func (f *Facts) usedUnder(a *Access, lock types.Object) bool {
	holders := map[*function]bool{}
	others := false
	for _, b := range f.accesses[a.Var] {
		state, counts := f.counts(b)
		if _, held := state.locks[lock]; counts && held {
			holders[b.fn.outermost()] = true
			others = others || !f.oneGoroutine(a.fn, b.fn)
		}
	}
	return len(holders) > 1 && others
}

// onlyRead reports whether nobody takes a lock to write: it keeps nobody out, least
// of all another call of the same function.
func (f *Facts) onlyRead(lock types.Object) bool {
	if f.readOnly == nil {
		f.readOnly = f.locksOnlyRead()
	}
	return f.readOnly[lock]
}

// locksOnlyRead returns the fields and variables that are read-locked in the package,
// and that nobody locks to write, here or, by a pointer or from outside, elsewhere.
func (f *Facts) locksOnlyRead() map[types.Object]bool {
	only, lent := map[types.Object]bool{}, f.lentLocks()
	written := map[types.Object]bool{}
	for _, fn := range f.order {
		for _, taken := range f.pkg.Acquisitions(fn.node) {
			v, ok := classOf(taken.Lock).(*types.Var)
			if !ok {
				continue
			}
			written[v] = written[v] || !taken.Read
			only[v] = taken.Read && !written[v] && !lent[v] && !f.pkg.Reachable(v)
		}
	}
	return only
}

// lentLocks returns the variables whose address is taken.
func (f *Facts) lentLocks() map[types.Object]bool {
	lent := map[types.Object]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			addr, ok := n.(*ast.UnaryExpr)
			if !ok || addr.Op != token.AND {
				return true
			}
			switch x := ast.Unparen(addr.X).(type) {
			case *ast.SelectorExpr:
				lent[f.pkg.Use(x.Sel)] = true
			case *ast.Ident:
				lent[f.pkg.Use(x)] = true
			}
			return true
		})
	}
	return lent
}

// MixedAt returns, for a plain access of a variable that functions of
// sync/atomic access elsewhere, one of those accesses, of the same part of an object if there is
// one.
func (f *Facts) MixedAt(e ast.Expr) (atomic *Access, ok bool) {
	a := f.at[e]
	if a == nil || a.Atomic || a.Address || a.Element || a.Content || a.fn.initialises() || a.fn.once || a.fn.test || f.generated(e) {
		return nil, false
	}
	switch f.pkg.Types.Path() {
	case "sync", "internal/sync", "runtime":
		return nil, false // they are what locks are made of
	}
	if a.Var.IsField() && f.ownerOf(a) != Shared || f.early(a) || f.excused(a) || f.confined(a.Var) {
		return nil, false
	}
	if state := f.stateAt(a.fn, a.Expr); !state.bare || !f.bareInUse(a.fn, deepest) {
		return nil, false // a lock may keep the others out
	}
	if f.swaps(a) || f.ofLocalValue(a) {
		return nil, false
	}
	for _, b := range f.accesses[a.Var] {
		if b.Atomic && !b.fn.test && (a.Write || f.writesAtomically(b)) && f.mayMeet(a, b) && !f.ofOthers(a, b) {
			if f.ofSamePart(a, b) {
				return b, true
			}
			if atomic == nil {
				atomic = b
			}
		}
	}
	if atomic == nil {
		atomic = f.copiesAtomic(a)
	}
	return atomic, atomic != nil
}

// bareInUse reports whether a function may be called with no lock held on an object that others
// may have, through so many calls: who has just made it needs none.
func (f *Facts) bareInUse(fn *function, depth int) bool {
	if fn.obj == nil || fn.public || fn.valued || depth == 0 {
		return true
	}
	sites := f.realSites(fn)
	return len(sites) == 0 || slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || s.runs == started {
			return true
		}
		if sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr); ok && fn.obj.Signature().Recv() != nil && f.owner(s.in, sel.X, s.call) == Own {
			return false
		}
		return f.stateAt(s.in, s.call).bare && f.bareInUse(s.in.outermost(), depth-1)
	})
}

// ofOthers reports whether two accesses are of one field of a struct that stands in two
// others: of a request here, of an answer there.
func (f *Facts) ofOthers(a, b *Access) bool {
	x, y := f.ownerStruct(a.Expr), f.ownerStruct(b.Expr)
	return x != nil && y != nil && !types.Identical(x, y)
}

// ownerStruct returns the outermost struct of which a field is a part, or by which an
// embedded pointer leads to it, if that is not the one that declares it.
func (f *Facts) ownerStruct(e ast.Expr) types.Type {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	s := f.pkg.Info.Selections[sel]
	if s == nil || s.Kind() != types.FieldVal {
		return nil
	}
	t, pointed := pointedTo(s.Recv())
	if inner, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok && !pointed {
		if outer := f.ownerStruct(inner); outer != nil {
			return outer
		}
		if s := f.pkg.Info.Selections[inner]; s != nil {
			outer, _ := pointedTo(s.Recv())
			return outer
		}
	}
	if len(s.Index()) == 1 {
		return nil
	}
	return t
}

// pointedTo returns what a type points to, or itself.
func pointedTo(t types.Type) (_ types.Type, pointed bool) {
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		return pointer.Elem(), true
	}
	return t, false
}

// swaps reports whether the function of a plain read gives what it read to a
// CompareAndSwap of the same variable, which finds out if it is old.
func (f *Facts) swaps(a *Access) bool {
	for _, b := range f.accesses[a.Var] {
		if !b.Atomic || b.Func != a.Func || a.Write {
			continue
		}
		if call := f.atomicCall(b); call != nil && strings.HasPrefix(calledMethod(call), "CompareAndSwap") {
			return true
		}
	}
	return false
}

// writesAtomically reports whether the function of sync/atomic that gets the
// address writes.
func (f *Facts) writesAtomically(b *Access) bool {
	call := f.atomicCall(b)
	if call == nil {
		return false
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && !loads(fn.Name())
}

// WritesAtomically reports whether some function of sync/atomic writes a variable.
func (f *Facts) WritesAtomically(v *types.Var) bool {
	return slices.ContainsFunc(f.accesses[v], func(a *Access) bool { return a.Atomic && f.writesAtomically(a) })
}

func loads(name string) bool { return len(name) > 4 && name[:4] == "Load" }

// atomicCall returns the call of sync/atomic that gets the address of a variable.
func (f *Facts) atomicCall(b *Access) (found *ast.CallExpr) {
	f.pkg.Inspect(b.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && found == nil && call.Pos() <= b.Expr.Pos() && b.Expr.End() <= call.End() {
			if fn, isFunc := f.pkg.Callee(call).(*types.Func); isFunc && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" {
				found = call
			}
		}
		return found == nil
	})
	return found
}

// mayMeet reports whether two accesses can be made at the same time, as far as
// the goroutines that come to them tell. A function that joins goroutines may
// read what they have left.
func (f *Facts) mayMeet(a, b *Access) bool {
	if a.fn.outermost() == b.fn.outermost() {
		at, ok := f.placeOf(a.Expr)
		other, ok2 := f.placeOf(b.Expr)
		return ok && ok2 && at == other && f.quiet(a.fn, a.Expr) && f.concurrent(at, a, b)
	}
	return !f.waitedBefore(a) && !f.oneGoroutine(a.fn, b.fn)
}

// waitedBefore reports whether the function of an access may have waited for a group or a channel
// when it comes to it.
func (f *Facts) waitedBefore(a *Access) bool {
	fn := a.fn.outermost()
	for _, nodes := range f.signalsOf(fn).waits {
		for _, n := range nodes {
			call, ok := n.(*ast.CallExpr)
			if (!ok || calledMethod(call) == "Wait") && f.before(fn, n, a.Expr) {
				return true
			}
		}
	}
	return false
}
